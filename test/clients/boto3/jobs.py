"""One job after another: what DescribeJobs shows of it, what its container gets, and how it ends."""

import json
import time

from slipway_case import (
    REGION, UUID, SlipwayCase, arn, batch, describe, main, output_of, register, run, shell, submit,
    unique, wait_for,
)

LISTS = ["command", "environment", "mountPoints", "networkInterfaces", "resourceRequirements",
         "secrets", "ulimits", "volumes"]


class Jobs(SlipwayCase):
    def test_a_submission_is_answered_with_name_id_and_arn(self):
        answer = batch.submit_job(jobName="my_Job-1", jobQueue="default", jobDefinition="shell")
        self.assertEqual(answer["jobName"], "my_Job-1")
        self.assertRegex(answer["jobId"], UUID)
        self.assertEqual(answer["jobArn"], arn(f"job/{answer['jobId']}"))
        self.assertRegex(answer["ResponseMetadata"]["RequestId"], UUID)

    def test_a_job_can_be_described_as_soon_as_it_was_submitted(self):
        before = int(time.time() * 1000)
        job = describe(submit("sleep 2"))
        self.assertIn(job["status"], ["SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING"])
        self.assertIsInstance(job["createdAt"], int)
        self.assertLess(abs(job["createdAt"] - before), 60_000)
        self.assertEqual(job["attempts"], [])
        self.assert_absent(job, "stoppedAt")

    def test_a_running_job_shows_its_task_and_no_end(self):
        job = wait_for(submit("sleep 3"), ["RUNNING"])
        self.assertEqual(job["attempts"], [])
        self.assert_absent(job, "stoppedAt")
        self.assert_absent(job["container"], "exitCode", "reason")
        self.assertGreaterEqual(job["startedAt"], job["createdAt"])
        self.assertTrue(job["container"]["taskArn"].startswith(f"arn:aws:ecs:{REGION}:"))
        self.assertIn("logStreamName", job["container"])

    def test_a_succeeded_job_says_how_it_ended(self):
        definition = register("echo done", name=unique("my-definition"))
        job = run(jobName="name", jobDefinition=definition)
        self.assert_members(job, {
            "status": "SUCCEEDED", "statusReason": "Essential container in task exited", "jobName": "name",
            "jobQueue": arn("job-queue/default"), "jobDefinition": definition, "jobArn": arn(f"job/{job['jobId']}"),
            "dependsOn": [], "parameters": {}, "tags": {}, "isCancelled": False, "isTerminated": False,
            "propagateTags": False,
        })
        self.assertIsInstance(job["platformCapabilities"], list)
        self.assertEqual(job["container"]["exitCode"], 0)
        self.assert_absent(job["container"], "reason")
        for name in ["createdAt", "startedAt", "stoppedAt"]:
            self.assertIsInstance(job[name], int)
        self.assertLessEqual(job["createdAt"], job["startedAt"])
        self.assertLessEqual(job["startedAt"], job["stoppedAt"])

    def test_each_attempt_is_kept_with_its_task_log_and_times(self):
        job = run("exit 0")
        (attempt,) = job["attempts"]
        self.assertEqual(attempt["statusReason"], "Essential container in task exited")
        self.assert_members(attempt["container"], {
            "exitCode": 0,
            "taskArn": job["container"]["taskArn"],
            "logStreamName": job["container"]["logStreamName"],
            "networkInterfaces": [],
        })
        self.assertEqual((attempt["startedAt"], attempt["stoppedAt"]), (job["startedAt"], job["stoppedAt"]))

    def test_a_log_stream_is_named_for_definition_and_task(self):
        name = unique("named")
        job = run(jobDefinition=register("true", name=name))
        task_id = job["container"]["taskArn"].split("/")[-1]
        self.assertEqual(job["container"]["logStreamName"], f"{name}/default/{task_id}")

    def test_a_container_shows_the_instance_that_it_ran_on(self):
        job = run("true")
        prefix = f"arn:aws:ecs:{REGION}:123456789012:container-instance/"
        self.assertTrue(job["container"].get("containerInstanceArn", "").startswith(prefix), job["container"])
        attempt = job["attempts"][0]["container"]
        self.assertEqual(attempt.get("containerInstanceArn"), job["container"]["containerInstanceArn"])

    def test_the_lists_of_a_container_are_there_even_if_empty(self):
        container = describe(submit("true"))["container"]
        self.assertEqual([name for name in LISTS if not isinstance(container.get(name), list)], [])

    def test_integers_are_json_integers(self):
        raw = {}
        batch.meta.events.register("after-call.batch.DescribeJobs", lambda http_response, **_: raw.update(
            text=http_response.text))
        job_id = submit("exit 4", timeout={"attemptDurationSeconds": 90}, retryStrategy={"attempts": 1})
        wait_for(job_id)
        floats = []
        json.loads(raw["text"], parse_float=floats.append)
        self.assertEqual(floats, [])
        self.assertNotIn("null", raw["text"].replace('"null"', ""))

    def test_a_job_fails_by_its_exit_code(self):
        job = run("exit 7")
        self.assert_members(job, {"status": "FAILED", "statusReason": "Essential container in task exited"})
        self.assertEqual(job["container"]["exitCode"], 7)
        self.assertEqual(job["attempts"][0]["container"]["exitCode"], 7)
        self.assert_absent(job["container"], "reason")

    def test_a_program_that_is_not_there_fails_to_start(self):
        definition = register(containerProperties=shell("", command=["/no/such/program"]))
        job = run(jobDefinition=definition)
        self.assert_members(job, {"status": "FAILED", "statusReason": "Task failed to start"})
        self.assertIn("/no/such/program", job["container"]["reason"])
        self.assertEqual(job["attempts"][0]["container"]["reason"], job["container"]["reason"])
        self.assert_absent(job["container"], "exitCode")

    def test_a_job_sees_the_variables_of_aws_batch(self):
        job = run("env")
        environment = dict(line.split("=", 1) for line in output_of(job) if "=" in line)
        self.assert_members(environment, {
            "AWS_BATCH_JOB_ID": job["jobId"], "AWS_BATCH_JOB_ATTEMPT": "1",
            "AWS_BATCH_JQ_NAME": "default", "AWS_BATCH_CE_NAME": "local",
        })
        self.assertIn("AWS_EXECUTION_ENV", environment)
        self.assert_absent(environment, "AWS_BATCH_JOB_ARRAY_INDEX", "AWS_BATCH_JOB_NODE_INDEX")

    def test_a_job_sees_what_the_operator_set_for_every_job_unless_it_says_otherwise(self):
        job = run("echo $FOR_EVERY_JOB")
        self.assertEqual(output_of(job), ["from the operator"])
        own = [{"name": "FOR_EVERY_JOB", "value": "its own"}]
        self.assertEqual(output_of(run("echo $FOR_EVERY_JOB", containerOverrides={"environment": own})), ["its own"])

    def test_environments_merge_by_name_and_the_job_wins(self):
        definition = register(containerProperties=shell("echo $KEPT $CHANGED $ADDED", environment=[
            {"name": "KEPT", "value": "kept"}, {"name": "CHANGED", "value": "before"}]))
        overrides = [{"name": "CHANGED", "value": "after"}, {"name": "ADDED", "value": "with spaces & $igns"}]
        job = run(jobDefinition=definition, containerOverrides={"environment": overrides})
        self.assertEqual(output_of(job), ["kept after with spaces & $igns"])
        shown = {entry["name"]: entry["value"] for entry in job["container"]["environment"]}
        self.assert_members(shown, {"KEPT": "kept", "CHANGED": "after", "ADDED": "with spaces & $igns"})

    def test_a_command_is_replaced_whole(self):
        job = run(jobDefinition="shell", containerOverrides={"command": ["echo", "two  spaces", "$HOME"]})
        self.assertEqual(output_of(job), ["two  spaces $HOME"])
        self.assertEqual(job["container"]["command"], ["echo", "two  spaces", "$HOME"])

    def test_resource_requirements_merge_by_type(self):
        job = run(jobDefinition=register("true"), containerOverrides={
            "resourceRequirements": [{"type": "MEMORY", "value": "96"}]})
        shown = {entry["type"]: entry["value"] for entry in job["container"]["resourceRequirements"]}
        self.assertEqual(shown, {"VCPU": "1", "MEMORY": "96"})

    def test_parameters_are_filled_in_and_shown_apart_from_the_command(self):
        command = ["echo", "Ref::greeting", "to-Ref::who", "Ref::unknown"]
        definition = register(containerProperties=shell("", command=command),
                              parameters={"greeting": "hello", "who": "nobody"})
        job = run(jobDefinition=definition, parameters={"who": "you", "run.id": "dotted"})
        self.assertEqual(output_of(job), ["hello to-you Ref::unknown"])
        self.assertEqual(job["container"]["command"], command)
        self.assertEqual(job["parameters"], {"greeting": "hello", "who": "you", "run.id": "dotted"})

    def test_deprecated_vcpus_and_memory_stay_integers(self):
        properties = {"image": "busybox", "command": ["true"], "vcpus": 1, "memory": 64}
        job = run(jobDefinition=register(containerProperties=properties))
        self.assertEqual(job["status"], "SUCCEEDED")
        definition = batch.describe_job_definitions(jobDefinitions=[job["jobDefinition"]])["jobDefinitions"][0]
        shown = definition["containerProperties"]
        self.assertEqual((shown["vcpus"], shown["memory"]), (1, 64))
        self.assertIsInstance(shown["vcpus"], int)

    def test_output_of_stdout_and_stderr_is_in_one_stream(self):
        job = run("echo out; echo err >&2; printf 'no newline: ✓'")
        self.assertEqual(sorted(output_of(job)), sorted(["out", "err", "no newline: ✓"]))


if __name__ == "__main__":
    main()
