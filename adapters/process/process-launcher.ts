// The Launcher over processes of this host. Invariant: a command is handed to a slot shell only after its attempt's record was
// created, and a record is created once; so an attempt runs at most once, whatever crashes when.
import { cpus } from 'node:os';
import { existsSync, mkdirSync, realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { attemptFolderOf, attemptsRootOf, isTaskId, logsRootOf, shardedNameOf } from '../files/task-paths.ts';
import type { EpochMs } from '../../core/ids.ts';
import type { ContainerTask, Exit, LaunchOutcome, Launcher, Observation } from '../../engine/ports.ts';
import { createAdoptions } from './adoptions.ts';
import { exitFrom, failedToStart, killedExit } from './attempt-exit.ts';
import { createAttemptFiles } from './attempt-files.ts';
import { failedRecordText, recordText } from './attempt-record.ts';
import type { SlotIdentity } from './attempt-record.ts';
import { createCommandFinder } from './command-path.ts';
import { hostHierarchy } from './cgroup-hierarchies.ts';
import { createPreparation } from './prepare-job.ts';
import { bootId } from './process-table.ts';
import { createRemovals } from './removals.ts';
import { createSignals } from './signals.ts';
import { createSlotGroups } from './slot-groups.ts';
