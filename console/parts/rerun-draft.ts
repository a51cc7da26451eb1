// A container of a rerun while its form is being filled in.
import type { RerunContainer } from '../../api/console/wire.ts';

/** A container as it stands in the form: its command as one text. */
export interface Draft extends Omit<RerunContainer, 'command'> {
  readonly commandText: string;
}
