"""CancelJob, TerminateJob, and the end of a queue."""

from slipway_case import (
    SlipwayCase, batch, blocked_queue, create_environment, create_queue, describe, disable, disable_queue, ec2,
    lines_of, main, queue_detail, register, run, submit, wait_for, wait_until,
)

NOBODY = "abcdef01-0000-4000-8000-000000000000"


def cancel(job_id, reason="cancelled by its owner"):
    return batch.cancel_job(jobId=job_id, reason=reason)


def terminate(job_id, reason="terminated by its owner"):
    return batch.terminate_job(jobId=job_id, reason=reason)


class Cancelling(SlipwayCase):
    def test_a_job_in_line_fails_with_the_reason_given(self):
        job_id = submit("true", queue=blocked_queue())
        wait_for(job_id, ["RUNNABLE"])
        cancel(job_id, "Not needed: ✓")
        job = wait_for(job_id)
        self.assert_members(job, {"status": "FAILED", "statusReason": "Not needed: ✓", "attempts": [],
                                  "isCancelled": True, "isTerminated": False})
        self.assert_absent(job, "startedAt")
        self.assertGreater(job["stoppedAt"], 0)

    def test_a_running_job_goes_on(self):
        job_id = submit("sleep 2")
        wait_for(job_id, ["RUNNING"])
        cancel(job_id)
        self.assertEqual(wait_for(job_id)["status"], "SUCCEEDED")

    def test_a_waiting_job_fails_once_its_dependencies_are_complete(self):
        first_id = submit("sleep 2")
        second_id = submit("true", dependsOn=[{"jobId": first_id}])
        wait_for(second_id, ["PENDING"])
        cancel(second_id, "changed my mind")
        self.assertTrue(wait_until("marked", lambda: describe(second_id)["isCancelled"]))
        second = wait_for(second_id)
        self.assert_members(second, {"status": "FAILED", "statusReason": "changed my mind", "attempts": []})
        self.assertGreaterEqual(second["stoppedAt"], describe(first_id)["stoppedAt"])

    def test_dependents_of_a_cancelled_job_fail(self):
        first_id = submit("true", queue=blocked_queue())
        second_id = submit("true", dependsOn=[{"jobId": first_id}])
        cancel(first_id)
        self.assert_members(wait_for(second_id), {"status": "FAILED", "statusReason": "Dependent Job failed"})

    def test_cancelling_an_array_in_line_ends_all_of_it(self):
        parent_id = submit("true", queue=blocked_queue(), arrayProperties={"size": 3})
        wait_until("children in line", lambda: describe(f"{parent_id}:2")["status"] == "RUNNABLE")
        cancel(parent_id)
        self.assertEqual(wait_for(parent_id)["status"], "FAILED")
        for index in range(3):
            self.assertEqual(describe(f"{parent_id}:{index}")["status"], "FAILED")

    def test_cancelling_an_array_leaves_its_running_children_running(self):
        queue = create_queue([create_environment(ec2(maximum=1))])
        parent_id = submit("sleep 1.5", queue=queue, arrayProperties={"size": 2})
        wait_until("one runs", lambda: any(describe(f"{parent_id}:{i}")["status"] == "RUNNING" for i in range(2)))
        cancel(parent_id, "the rest")
        self.assertEqual(wait_for(parent_id)["status"], "FAILED")
        ends = sorted((describe(f"{parent_id}:{i}")["status"], describe(f"{parent_id}:{i}")["statusReason"])
                      for i in range(2))
        self.assertEqual(ends, [("FAILED", "the rest"), ("SUCCEEDED", "Essential container in task exited")])

    def test_cancelling_one_child_leaves_the_others_in_line(self):
        parent_id = submit("true", queue=blocked_queue(), arrayProperties={"size": 2})
        wait_until("children in line", lambda: describe(f"{parent_id}:1")["status"] == "RUNNABLE")
        cancel(f"{parent_id}:0", "this one")
        self.assertEqual(wait_for(f"{parent_id}:0")["statusReason"], "this one")
        self.assertEqual(describe(f"{parent_id}:1")["status"], "RUNNABLE")
        self.assertEqual(describe(parent_id)["status"], "PENDING")


class Terminating(SlipwayCase):
    def test_a_running_job_is_stopped_with_the_reason_given_and_not_retried(self):
        job_id = submit("sleep 600", retryStrategy={"attempts": 3})
        wait_for(job_id, ["RUNNING"])
        terminate(job_id, "too expensive")
        job = wait_for(job_id)
        self.assert_members(job, {"status": "FAILED", "statusReason": "too expensive", "isTerminated": True,
                                  "isCancelled": False})
        (attempt,) = job["attempts"]
        self.assertEqual(attempt["statusReason"], "too expensive")
        self.assertIn(attempt["container"]["exitCode"], [137, 143])

    def test_a_job_gets_the_time_to_clean_up(self):
        job_id = submit("trap 'echo cleaning; sleep 1; echo clean; exit 3' TERM; echo ready; sleep 600 & wait")
        job = wait_for(job_id, ["RUNNING"])
        stream = job["container"]["logStreamName"]
        wait_until("ready", lambda: lines_of(stream) == ["ready"])
        terminate(job_id)
        job = wait_for(job_id)
        self.assertEqual((job["status"], job["container"]["exitCode"]), ("FAILED", 3))
        self.assertEqual(lines_of(stream), ["ready", "cleaning", "clean"])

    def test_a_job_in_line_fails(self):
        job_id = submit("true", queue=blocked_queue())
        terminate(job_id, "never mind")
        self.assert_members(wait_for(job_id), {"status": "FAILED", "statusReason": "never mind", "attempts": [],
                                               "isTerminated": True})

    def test_a_waiting_job_fails_and_its_dependents_with_it(self):
        first_id = submit("sleep 1")
        second_id = submit("true", dependsOn=[{"jobId": first_id}])
        third_id = submit("true", dependsOn=[{"jobId": second_id}])
        terminate(second_id, "not this one")
        self.assert_members(wait_for(second_id), {"status": "FAILED", "statusReason": "not this one", "attempts": [],
                                                  "isTerminated": True})
        self.assert_members(wait_for(third_id), {"status": "FAILED", "statusReason": "Dependent Job failed"})
        self.assertEqual(wait_for(first_id)["status"], "SUCCEEDED")

    def test_stopping_twice_keeps_the_first_reason(self):
        job_id = submit("trap 'sleep 1; exit 1' TERM; echo ready; sleep 600 & wait")
        stream = wait_for(job_id, ["RUNNING"])["container"]["logStreamName"]
        wait_until("ready", lambda: lines_of(stream) == ["ready"])
        terminate(job_id, "first")
        terminate(job_id, "second")
        self.assertEqual(wait_for(job_id)["statusReason"], "first")

    def test_an_array_is_stopped_with_all_its_children(self):
        parent_id = submit("sleep 600", arrayProperties={"size": 3})
        wait_until("children run", lambda: describe(f"{parent_id}:2")["status"] == "RUNNING")
        terminate(parent_id, "all of you")
        self.assertEqual(wait_for(parent_id)["status"], "FAILED")
        for index in range(3):
            self.assert_members(describe(f"{parent_id}:{index}"), {"status": "FAILED", "statusReason": "all of you"})

    def test_a_child_is_stopped_alone(self):
        parent_id = submit("sleep 3", arrayProperties={"size": 2})
        wait_until("children run", lambda: describe(f"{parent_id}:0")["status"] == "RUNNING")
        terminate(f"{parent_id}:0", "just you")
        self.assertEqual(wait_for(parent_id)["status"], "FAILED")
        self.assertEqual(describe(f"{parent_id}:0")["statusReason"], "just you")
        self.assertEqual(describe(f"{parent_id}:1")["status"], "SUCCEEDED")

    def test_a_finished_job_does_not_change(self):
        for script in ["true", "exit 1"]:
            before = run(script)
            terminate(before["jobId"])
            cancel(before["jobId"])
            self.assertEqual(describe(before["jobId"]), before)

    def test_a_job_that_is_not_there_is_no_mistake_but_no_id_is(self):
        for stop in [cancel, terminate]:
            for job_id in [NOBODY, f"{NOBODY}:3", f"{NOBODY}#1"]:
                self.assertEqual(stop(job_id)["ResponseMetadata"]["HTTPStatusCode"], 200)
            for malformed in ["nonsense", "", NOBODY.upper()]:
                self.refused(lambda: stop(malformed))

    def test_a_reason_has_at_most_1024_characters(self):
        job_id = submit("true", queue=blocked_queue())
        self.refused(lambda: terminate(job_id, "x" * 1025), "reason")
        terminate(job_id, "x" * 1024)
        self.assertEqual(wait_for(job_id)["statusReason"], "x" * 1024)


class QueuesThatEnd(SlipwayCase):
    def test_a_disabled_environment_finishes_what_runs_and_takes_no_more(self):
        name = create_environment()
        queue = create_queue([name])
        running_id = submit("sleep 1.5", queue=queue)
        wait_for(running_id, ["RUNNING"])
        disable(name)
        waiting_id = submit("true", queue=queue)
        self.assertEqual(wait_for(running_id)["status"], "SUCCEEDED")
        self.assertEqual(wait_for(waiting_id, ["RUNNABLE"])["attempts"], [])
        batch.update_compute_environment(computeEnvironment=name, state="ENABLED")
        self.assertEqual(wait_for(waiting_id)["status"], "SUCCEEDED")

    def test_a_disabled_queue_finishes_its_jobs_and_takes_no_more(self):
        name = create_queue()
        job_id = submit("sleep 1", queue=name)
        disable_queue(name)
        definition = register()
        self.refused(lambda: submit(queue=name, jobDefinition=definition))
        self.assertEqual(wait_for(job_id)["status"], "SUCCEEDED")

    def test_deleting_a_queue_fails_its_jobs(self):
        name = create_queue()
        running_id = submit("sleep 600", queue=name)
        waiting_id = submit("true", queue=name, dependsOn=[{"jobId": running_id}])
        huge = {"resourceRequirements": [{"type": "VCPU", "value": "10000"}]}
        in_line_id = submit("true", queue=name, containerOverrides=huge)
        wait_for(running_id, ["RUNNING"])
        disable_queue(name)
        batch.delete_job_queue(jobQueue=name)
        for job_id in [running_id, in_line_id]:
            self.assert_members(wait_for(job_id), {"status": "FAILED", "statusReason": "Job queue deleted"})
        self.assertEqual(wait_for(waiting_id)["status"], "FAILED")
        wait_until("the queue is gone", lambda: queue_detail(name) is None)
        definition = register()
        self.refused(lambda: submit(queue=name, jobDefinition=definition), f"JobQueue {name} not found.")

    def test_a_deleted_queue_that_never_was_is_no_mistake(self):
        answer = batch.delete_job_queue(jobQueue="never-was")
        self.assertEqual(answer["ResponseMetadata"]["HTTPStatusCode"], 200)


if __name__ == "__main__":
    main()
