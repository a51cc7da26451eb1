"""What becomes of an attempt that failed, and of one that took too long."""

from slipway_case import (
    SlipwayCase, batch, create_environment, create_queue, describe, disable, main, register, run, shell, submit,
    wait_for,
)

TIMED_OUT = "Job attempt duration exceeded timeout"
MINUTE = {"attemptDurationSeconds": 60}
# The shortest timeout is a minute: these run beside everything else.
timed_out_ids = {}


def setUpModule():
    timed_out_ids["plain"] = submit("sleep 600", timeout=MINUTE, retryStrategy={"attempts": 3})
    timed_out_ids["exits well"] = submit("trap 'exit 0' TERM; sleep 600 & wait", timeout=MINUTE)
    timed_out_ids["in time"] = submit("sleep 5", timeout=MINUTE)
    definition = register("sleep 600", timeout=MINUTE)
    timed_out_ids["child"] = submit(jobDefinition=definition, arrayProperties={"size": 2})


class Retries(SlipwayCase):
    def test_a_job_is_tried_until_it_succeeds(self):
        job = run("echo try $AWS_BATCH_JOB_ATTEMPT; exit $((AWS_BATCH_JOB_ATTEMPT < 3 ? 5 : 0))",
                  retryStrategy={"attempts": 5})
        self.assertEqual(job["status"], "SUCCEEDED")
        self.assertEqual([attempt["container"]["exitCode"] for attempt in job["attempts"]], [5, 5, 0])
        self.assertEqual(len({attempt["container"]["logStreamName"] for attempt in job["attempts"]}), 3)
        self.assertEqual(job["container"]["exitCode"], 0)
        for earlier, later in zip(job["attempts"], job["attempts"][1:]):
            self.assertLessEqual(earlier["stoppedAt"], later["startedAt"])
        self.assertEqual(job["startedAt"], job["attempts"][-1]["startedAt"])

    def test_a_job_that_waits_for_its_next_attempt_has_not_started(self):
        environment = create_environment()
        job_id = submit("sleep 1; exit $((AWS_BATCH_JOB_ATTEMPT < 2))", queue=create_queue([environment]),
                        retryStrategy={"attempts": 2})
        wait_for(job_id, ["RUNNING"])
        disable(environment)
        waiting = wait_for(job_id, ["RUNNABLE"])
        self.assert_absent(waiting, "startedAt", "stoppedAt")
        self.assertEqual(len(waiting["attempts"]), 1)
        batch.update_compute_environment(computeEnvironment=environment, state="ENABLED")
        ended = wait_for(job_id)
        self.assertEqual((ended["status"], len(ended["attempts"])), ("SUCCEEDED", 2))
        self.assertEqual(ended["startedAt"], ended["attempts"][1]["startedAt"])

    def test_a_job_fails_when_its_attempts_are_used_up(self):
        job = run("exit 1", retryStrategy={"attempts": 2})
        self.assertEqual((job["status"], len(job["attempts"])), ("FAILED", 2))

    def test_one_attempt_is_the_default(self):
        job = run("exit 1")
        self.assertEqual((job["status"], len(job["attempts"])), ("FAILED", 1))

    def test_the_strategy_of_the_job_replaces_that_of_the_definition(self):
        rules = [{"onExitCode": "1", "action": "EXIT"}]
        definition = register("exit 1", retryStrategy={"attempts": 4, "evaluateOnExit": rules})
        of_definition = run(jobDefinition=definition)
        self.assertEqual(len(of_definition["attempts"]), 1)
        self.assertEqual(of_definition["retryStrategy"]["attempts"], 4)
        of_job = run(jobDefinition=definition, retryStrategy={"attempts": 3})
        self.assertEqual((of_job["retryStrategy"]["attempts"], len(of_job["attempts"])), (3, 3))

    def test_a_rule_may_end_a_job_by_its_exit_code(self):
        rules = [{"onExitCode": "2*", "action": "EXIT"}]
        strategy = {"attempts": 3, "evaluateOnExit": rules}
        self.assertEqual(len(run("exit 21", retryStrategy=strategy)["attempts"]), 1)
        self.assertEqual(len(run("exit 12", retryStrategy=strategy)["attempts"]), 3)

    def test_a_star_matches_an_absent_reason_too(self):
        rules = [{"onStatusReason": "Host EC2*", "action": "RETRY"}, {"onReason": "*", "action": "EXIT"}]
        job = run("exit 1", retryStrategy={"attempts": 5, "evaluateOnExit": rules})
        self.assertEqual((job["status"], len(job["attempts"])), ("FAILED", 1))

    def test_another_pattern_never_matches_an_absent_reason(self):
        rules = [{"onReason": "CannotPull*", "action": "EXIT"}]
        job = run("exit 1", retryStrategy={"attempts": 2, "evaluateOnExit": rules})
        self.assertEqual(len(job["attempts"]), 2)

    def test_all_patterns_of_a_rule_must_match(self):
        rules = [{"onExitCode": "1", "onStatusReason": "Something else*", "action": "EXIT"},
                 {"onExitCode": "1", "onStatusReason": "Essential container*", "action": "exit"}]
        strategy = {"attempts": 3, "evaluateOnExit": rules}
        self.assertEqual(len(run("exit 1", retryStrategy=strategy)["attempts"]), 1)

    def test_a_start_that_failed_is_retried_and_rules_see_its_reason(self):
        definition = register(containerProperties=shell("", command=["/no/such/program"]))
        tried = run(jobDefinition=definition, retryStrategy={"attempts": 2})
        self.assertEqual(len(tried["attempts"]), 2)
        rules = [{"onStatusReason": "Task failed to start", "action": "EXIT"}]
        given_up = run(jobDefinition=definition, retryStrategy={"attempts": 2, "evaluateOnExit": rules})
        self.assertEqual(len(given_up["attempts"]), 1)


class Timeouts(SlipwayCase):
    def test_an_attempt_that_takes_too_long_is_stopped_and_not_retried(self):
        job = wait_for(timed_out_ids["plain"], seconds=130)
        self.assert_members(job, {"status": "FAILED", "statusReason": TIMED_OUT, "timeout": MINUTE})
        (attempt,) = job["attempts"]
        self.assertEqual(attempt["statusReason"], TIMED_OUT)
        self.assertIn(job["container"].get("exitCode", 137), [15, 137, 143])
        seconds = (job["stoppedAt"] - job["startedAt"]) / 1000
        self.assertGreaterEqual(seconds, 60)
        self.assertLess(seconds, 60 + 30 + 10)

    def test_exiting_well_in_the_grace_period_is_still_too_late(self):
        job = wait_for(timed_out_ids["exits well"], seconds=130)
        self.assert_members(job, {"status": "FAILED", "statusReason": TIMED_OUT})

    def test_each_child_of_an_array_has_the_timeout(self):
        parent = wait_for(timed_out_ids["child"], seconds=130)
        self.assert_members(parent, {"status": "FAILED", "statusReason": "Array Child Job failed"})
        for index in range(2):
            self.assertEqual(describe(f"{parent['jobId']}:{index}")["statusReason"], TIMED_OUT)

    def test_a_job_in_time_is_left_alone(self):
        self.assertEqual(wait_for(timed_out_ids["in time"])["status"], "SUCCEEDED")


if __name__ == "__main__":
    main()
