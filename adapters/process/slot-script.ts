// The program of a slot shell: a POSIX shell that stays open, reads one line per job (`<2 hex>/<taskId>`), runs it, and
// tells the server. It must outlive the server, so it writes to the attempt's record before it writes to its stdout.
//
// Why it looks as it does:
// - Command, environment and limits come from the record file, in which every value is quoted (job-script.ts). The line
//   on stdin is a path that we made; nothing else ever travels on it.
// - The command is a simple command in this very shell, not in a subshell: dash then starts it by vfork, which saves
//   0.13 ms of CPU per job (of about 1.0). The price: variables are unset afterwards, and when a signal kills the command, dash
//   adds that signal's name (`Killed`) as a last line to the log.
// - Caught signals go back to their defaults in the command; ignored ones would not. Hence `trap :`, never `trap ''`. The traps
//   are there because the command shares our process group: `kill 0` in a job must not take the slot with it, and a
//   server that went away must not kill us by SIGPIPE before the exit code is written.
// - `slipway_sweep` kills what the command left behind, as the end of a container would; it needs the slot's cgroup. It
//   gives up after 2,000 looks (a process stuck in the kernel), says so, and the server gives up the slot.

/** $0 of a slot shell: what tells one in a list of processes. */
export const SLOT_NAME = 'slipway-slot';

/**
 * Arguments: $1 attempts root, $2 logs root, $3 `cgroup.procs` of the slot or empty, $4 path of env(1), then the
 * `cgroup.procs` files through which the shell joins its cgroups. If it may not, it ends before it takes a job.
 */
export const SLOT_SCRIPT = `
(set -o posix) 2>/dev/null && set -o posix
trap : HUP INT QUIT PIPE ALRM TERM USR1 USR2
slipway_root=$1 slipway_logs=$2 slipway_group=$3 slipway_env=$4
unset SHLVL
shift 4
for slipway_file do echo $$ >"$slipway_file" || exit 1; done
slipway_sweep() {
  slipway_looks=0
  while [ $slipway_looks -lt 2000 ]; do
    slipway_left=
    while read -r slipway_pid; do
      case $slipway_pid in
        $$ | 0) ;;
        *) slipway_left=1 && kill -KILL "$slipway_pid" ;;
      esac
    done <"$slipway_group"
    [ "$slipway_left" ] || return 0
    slipway_looks=$((slipway_looks + 1))
  done
  slipway_dirty=' dirty'
}
while IFS= read -r slipway_id; do
  slipway_record=$slipway_root/$slipway_id.job slipway_dirty=
  . "$slipway_record"
  echo run >>"$slipway_record"
  echo r
  if cd "$slipway_root/$slipway_id"; then
    unset PWD OLDPWD
    case $slipway_mode in
      plain) "$@" >>"$slipway_logs/$slipway_id.log" 2>&1 </dev/null ;;
      env) "$slipway_env" -i "$@" >>"$slipway_logs/$slipway_id.log" 2>&1 </dev/null ;;
      limited) (
        slipway_limit 2>/dev/null || { echo refused >>"$slipway_record"; exit 125; }
        exec "$@"
      ) >>"$slipway_logs/$slipway_id.log" 2>&1 </dev/null ;;
      limited-env) (
        slipway_limit 2>/dev/null || { echo refused >>"$slipway_record"; exit 125; }
        exec "$slipway_env" -i "$@"
      ) >>"$slipway_logs/$slipway_id.log" 2>&1 </dev/null ;;
    esac
    slipway_code=$?
  else
    slipway_code=125
    echo refused >>"$slipway_record"
  fi
  unset $slipway_names
  [ -z "$slipway_group" ] || slipway_sweep
  echo "exit $slipway_code" >>"$slipway_record"
  echo "x $slipway_code$slipway_dirty"
done
`;
