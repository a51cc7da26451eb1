// What Fargate charges for what a task asks for. Source: public AWS figures for us-east-1, as of November 2025. Prices estimate a job's
// cost; nothing is billed by them. Spot prices change daily, so that a Fargate Spot task is priced at AWS's usual discount.
import type { Architecture } from '../placement/instances/instance-type.ts';

export interface FargatePrices {
  readonly usdPerVcpuHour: number;
  readonly usdPerGiBHour: number;
}

export const FARGATE_PRICES: Readonly<Record<Architecture, FargatePrices>> = {
  x86_64: { usdPerVcpuHour: 0.04048, usdPerGiBHour: 0.004445 },
  arm64: { usdPerVcpuHour: 0.03238, usdPerGiBHour: 0.00356 },
};

/** Of the task's disk, what is beyond the 20 GiB that come with it. */
export const USD_PER_EPHEMERAL_GIB_HOUR = 0.000111;
export const FREE_EPHEMERAL_GIB = 20;
/** A task is charged by the second, for a minute at least. */
export const LEAST_BILLED_SECONDS = 60;
/** "Up to 70 % off": what AWS advertises. */
export const FARGATE_SPOT_DISCOUNT = 0.7;
/** When the figures of this folder and of the instance table were taken. */
export const PRICES_AS_OF = '2025-11';
