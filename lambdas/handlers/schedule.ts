// The function schedule: see lambdas/registry.ts.
import { composeSchedule } from '../compose-schedule.ts';

export const handler = composeSchedule();
