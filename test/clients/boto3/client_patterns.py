"""What workflow engines do with AWS Batch, call by call as their sources have it.

The engines themselves are not here: these are their sequences of calls, and what they read from the answers.
"""

import time
import uuid

from slipway_case import (
    JOB_GROUP, SlipwayCase, arn, batch, describe, ecs, fargate, logs, main, register, run, shell, submit, unique,
    wait_for, wait_until, create_environment, create_queue, disable, disable_queue, environment, queue_detail,
)

IN_FLIGHT = ["SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING"]


class Luigi(SlipwayCase):
    def test_takes_the_first_queue_and_raises_with_the_tail_of_the_log(self):
        queues = batch.describe_job_queues()["jobQueues"]
        active = [queue for queue in queues if queue["state"] == "ENABLED" and queue["status"] == "VALID"]
        self.assertTrue(active)
        definition = register("i=0; while [ $i -lt 60 ]; do echo $i; i=$((i + 1)); done; exit 1")
        job_id = batch.submit_job(jobName="batch-job-abcdefgh", jobQueue=active[0]["jobQueueName"],
                                  jobDefinition=definition, parameters={})["jobId"]
        # Luigi indexes jobs[0] at once.
        self.assertIn(batch.describe_jobs(jobs=[job_id])["jobs"][0]["status"], [*IN_FLIGHT, "FAILED"])
        job = wait_for(job_id)
        stream = job["attempts"][0]["container"]["logStreamName"]
        answer = logs.get_log_events(logGroupName=JOB_GROUP, logStreamName=stream, startFromHead=False)
        self.assertEqual([event["message"] for event in answer["events"]][-50:], [str(i) for i in range(10, 60)])


class Metaflow(SlipwayCase):
    def test_finds_the_platform_behind_a_queue(self):
        for resources, kind in [(None, "EC2"), (fargate(), "FARGATE")]:
            queue = create_queue([create_environment(resources)])
            order = batch.describe_job_queues(jobQueues=[queue])["jobQueues"][0]["computeEnvironmentOrder"]
            found = batch.describe_compute_environments(computeEnvironments=[order[0]["computeEnvironment"]])
            self.assertEqual(found["computeEnvironments"][0]["computeResources"]["type"], kind)

    def test_registers_once_submits_and_polls_until_stopped(self):
        name = f"metaflow_{uuid.uuid4().hex}{uuid.uuid4().hex[:24]}"
        self.assertEqual(batch.describe_job_definitions(jobDefinitionName=name, status="ACTIVE")["jobDefinitions"], [])
        container = {
            "image": "busybox", "command": ["echo", "hello world"],
            "jobRoleArn": "arn:aws:iam::123456789012:role/metaflow", "linuxParameters": {},
            "resourceRequirements": [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "256"}],
        }
        batch.register_job_definition(jobDefinitionName=name, type="container", containerProperties=container,
                                      propagateTags=True)
        (found,) = batch.describe_job_definitions(jobDefinitionName=name, status="ACTIVE")["jobDefinitions"]
        job_id = batch.submit_job(
            jobName="user-flow-1-start-1-0", jobQueue="default", jobDefinition=found["jobDefinitionArn"],
            containerOverrides={
                "command": ["sh", "-c", "echo working; sleep 1; " + "true; " * 700],
                "environment": [{"name": f"METAFLOW_{number}", "value": "x" * 40} for number in range(25)],
                "resourceRequirements": [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "128"}],
            },
            parameters={"metaflow.user": "me", "metaflow.flow_name": "Flow"},
            retryStrategy={"attempts": 1}, timeout={"attemptDurationSeconds": 432000},
        )["jobId"]
        polled = [describe(job_id)]

        def is_done():
            polled.append(describe(job_id))
            return polled[-1].get("stoppedAt", 0) > 0

        wait_until("done by Metaflow's measure", is_done)
        for job in polled:
            self.assertEqual(job.get("stoppedAt", 0) > 0, job["status"] in ["SUCCEEDED", "FAILED"])
            self.assertIn(job["status"], [*IN_FLIGHT, "SUCCEEDED"])
        self.assertEqual(polled[-1]["parameters"], {"metaflow.user": "me", "metaflow.flow_name": "Flow"})
        self.assertEqual(polled[-1]["status"], "SUCCEEDED")

    def test_lists_what_is_in_flight_in_every_queue(self):
        job_id = submit("sleep 3", parameters={"metaflow.user": "me"})
        wait_for(job_id, ["RUNNING"])
        found = []
        for page in batch.get_paginator("describe_job_queues").paginate():
            for queue in page["jobQueues"]:
                for status in IN_FLIGHT:
                    for jobs in batch.get_paginator("list_jobs").paginate(jobQueue=queue["jobQueueArn"], jobStatus=status):
                        found += [job["jobId"] for job in jobs["jobSummaryList"]]
        self.assertIn(job_id, found)
        self.assertEqual(describe(job_id)["parameters"], {"metaflow.user": "me"})


class Airflow(SlipwayCase):
    def test_asks_after_a_job_of_32_letters_to_see_that_all_is_well(self):
        self.assertEqual(batch.describe_jobs(jobs=["a" * 32])["jobs"], [])

    def test_sends_every_member_and_reads_the_log_of_the_job(self):
        definition = register()
        options = {"awslogs-group": "/own/airflow", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "air"}
        with_log = register(containerProperties=shell("echo x", logConfiguration={
            "logDriver": "awslogs", "options": options}))
        for reference in [definition, with_log]:
            job = run(jobDefinition=reference, parameters={}, tags={}, containerOverrides={}, retryStrategy={"attempts": 1})
            self.assertEqual(job["status"], "SUCCEEDED")
            self.assertIn("logStreamName", job["container"])
            self.assertIn("logStreamName", job["attempts"][-1]["container"])
            self.assertEqual(job["jobQueue"], arn("job-queue/default"))
        self.assertEqual(job["container"]["logConfiguration"], {"logDriver": "awslogs", "options": options})

    def test_takes_an_array_parent_for_a_container_job(self):
        self.assertIn("container", describe(submit(jobDefinition="shell", arrayProperties={"size": 2})))

    def test_creates_an_environment_with_empty_tags(self):
        name = unique("airflow")
        batch.create_compute_environment(computeEnvironmentName=name, type="MANAGED", state="ENABLED",
                                         computeResources=fargate(), tags={})
        wait_until("VALID", lambda: environment(name)["status"] == "VALID")

    def test_sees_a_disabled_queue_and_environment_as_they_are(self):
        name = create_environment()
        queue = create_queue([name])
        disable_queue(queue)
        disable(name)
        self.assertEqual((queue_detail(queue)["status"], environment(name)["status"]), ("VALID", "VALID"))


class Nextflow(SlipwayCase):
    def test_finds_its_definition_by_a_token_and_runs_a_task(self):
        name, token = unique("nf-busybox"), uuid.uuid4().hex
        self.assertEqual(batch.describe_job_definitions(jobDefinitionName=name)["jobDefinitions"], [])
        batch.register_job_definition(
            jobDefinitionName=name, type="container", parameters={"nf-token": token},
            containerProperties={"image": "busybox", "command": ["true"], "resourceRequirements": [
                {"type": "MEMORY", "value": "1024"}, {"type": "VCPU", "value": "1"}]},
            tags={"nextflow.io/version": "24.10.0", "nextflow.io/createdAt": "2026-01-01T00:00:00Z"},
        )
        (found,) = [entry for entry in batch.describe_job_definitions(jobDefinitionName=name)["jobDefinitions"]
                    if entry["status"] == "ACTIVE" and entry["parameters"].get("nf-token") == token]
        job_id = batch.submit_job(
            jobName="sayHello_1", jobQueue="default", jobDefinition=f"{name}:{found['revision']}",
            containerOverrides={"command": ["sh", "-c", "exit 140"], "environment": [],
                                "resourceRequirements": [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "64"}]},
            retryStrategy={"attempts": 5, "evaluateOnExit": [
                {"action": "RETRY", "onStatusReason": "Host EC2*"}, {"action": "EXIT", "onReason": "*"}]},
            timeout={"attemptDurationSeconds": 3600},
        )["jobId"]
        job = wait_for(job_id)
        self.assertEqual((job["status"], job["container"]["exitCode"], len(job["attempts"])), ("FAILED", 140, 1))
        self.assertIn("statusReason", job)
        self.assertIsNone(job["attempts"][-1]["container"].get("reason"))

    def test_traces_a_task_to_its_machine(self):
        job = run("true")
        queue = batch.describe_job_queues(jobQueues=["default"])["jobQueues"][0]
        found = batch.describe_compute_environments(
            computeEnvironments=[queue["computeEnvironmentOrder"][0]["computeEnvironment"]])
        cluster = found["computeEnvironments"][0]["ecsClusterArn"]
        task = ecs.describe_tasks(cluster=cluster, tasks=[job["container"]["taskArn"]])["tasks"][0]
        machines = ecs.describe_container_instances(cluster=cluster, containerInstances=[task["containerInstanceArn"]])
        self.assertTrue(machines["containerInstances"][0]["ec2InstanceId"])

    def test_aborts_an_array_by_its_parent(self):
        parent_id = submit("sleep 600", arrayProperties={"size": 2})
        wait_until("running", lambda: describe(f"{parent_id}:1")["status"] == "RUNNING")
        batch.terminate_job(jobId=parent_id, reason="Job killed by NF")
        self.assertEqual(wait_for(parent_id)["status"], "FAILED")

    def test_sees_why_a_job_can_never_start(self):
        job_id = submit(jobDefinition="shell", containerOverrides={
            "resourceRequirements": [{"type": "MEMORY", "value": "100000000"}]})
        reason = wait_until("a reason", lambda: describe(job_id).get("statusReason"))
        self.assertIn("MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT", reason)
        self.assertEqual(describe(job_id)["status"], "RUNNABLE")


class Snakemake(SlipwayCase):
    def test_cleans_up_after_every_job_whatever_its_end(self):
        for script, status in [("true", "SUCCEEDED"), ("exit 2", "FAILED")]:
            answer = batch.register_job_definition(
                jobDefinitionName=f"snakejob-def-all-{uuid.uuid4()}", type="container", tags={},
                platformCapabilities=["EC2"], timeout={"attemptDurationSeconds": 300},
                containerProperties=shell(script, privileged=True, jobRoleArn="arn:aws:iam::123456789012:role/x"))
            job_id = batch.submit_job(jobName="snakejob", jobQueue="default",
                                      jobDefinition=f"{answer['jobDefinitionName']}:{answer['revision']}")["jobId"]
            before = wait_for(job_id)
            self.assertEqual(before["status"], status)
            batch.terminate_job(jobId=job_id, reason="terminated by snakemake")
            batch.deregister_job_definition(jobDefinition=before["jobDefinition"])
            self.assertEqual(describe(job_id), before)


class Redun(SlipwayCase):
    def test_reuses_a_definition_that_equals_what_it_would_register(self):
        name = unique("redun-jd")
        wanted = {"jobDefinitionName": name, "type": "container", "containerProperties": {
            "command": ["ls"], "image": "busybox", "jobRoleArn": "arn:aws:iam::123456789012:role/redun",
            "resourceRequirements": [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "4"}],
            "environment": [], "mountPoints": [], "volumes": [], "ulimits": [], "privileged": False}}
        batch.register_job_definition(**wanted)
        (found,) = batch.describe_job_definitions(jobDefinitionName=name, status="ACTIVE")["jobDefinitions"]
        self.assert_members(found["containerProperties"], wanted["containerProperties"])

    def test_reunites_with_the_jobs_of_an_earlier_run(self):
        array_id = submit("sleep 600", jobName="redun-array-1", arrayProperties={"size": 3})
        single_id = submit("sleep 600", jobName="redun-job-1")
        wait_until("running", lambda: describe(f"{array_id}:2")["status"] == "RUNNING")
        wait_for(single_id, ["RUNNING"])
        tops, children = {}, set()
        for status in IN_FLIGHT:
            for page in batch.get_paginator("list_jobs").paginate(jobQueue="default", jobStatus=status):
                tops.update({job["jobName"]: job["jobId"] for job in page["jobSummaryList"]})
            for page in batch.get_paginator("list_jobs").paginate(arrayJobId=array_id, jobStatus=status):
                children |= {job["jobId"] for job in page["jobSummaryList"]}
        self.assertEqual((tops["redun-array-1"], tops["redun-job-1"]), (array_id, single_id))
        self.assertEqual(children, {f"{array_id}:{index}" for index in range(3)})
        for job_id in [array_id, single_id]:
            batch.terminate_job(jobId=job_id, reason="done")

    def test_describes_ninety_jobs_in_their_order(self):
        array_id = submit("true", arrayProperties={"size": 90})
        asked = [f"{array_id}:{index}" for index in reversed(range(90))]
        self.assertEqual([job["jobId"] for job in batch.describe_jobs(jobs=asked)["jobs"]], asked)
        wait_for(array_id)


class Pegasus(SlipwayCase):
    def test_reads_a_log_by_the_task_and_then_deletes_it(self):
        name = unique("pegasus")
        job = run(jobDefinition=register("for i in 1 2 3; do echo $i; done", name=name))
        stream = f"{name}/default/{job['attempts'][0]['container']['taskArn'].split('/')[-1]}"
        lines, token, answers = [], None, 0
        while True:
            more = {} if token is None else {"nextToken": token}
            answer = logs.get_log_events(logGroupName=JOB_GROUP, logStreamName=stream, startFromHead=True, **more)
            answers += 1
            lines += [event["message"] for event in answer["events"]]
            if answer["nextForwardToken"] == token:
                break
            token = answer["nextForwardToken"]
        self.assertEqual((lines, answers), (["1", "2", "3"], 2))
        logs.delete_log_stream(logGroupName=JOB_GROUP, logStreamName=stream)

    def test_makes_and_removes_everything_it_needs(self):
        name = unique("pegasus-all")
        batch.create_compute_environment(computeEnvironmentName=name, type="MANAGED", state="ENABLED",
                                         computeResources=fargate())
        wait_until("VALID", lambda: environment(name)["status"] == "VALID")
        batch.create_job_queue(jobQueueName=name, state="ENABLED", priority=1, computeEnvironmentOrder=[
            {"order": 1, "computeEnvironment": arn(f"compute-environment/{name}")}])
        wait_until("VALID", lambda: queue_detail(name)["status"] == "VALID")
        disable_queue(name)
        batch.delete_job_queue(jobQueue=name)
        wait_until("queue gone", lambda: (queue_detail(name) or {"status": "DELETED"})["status"] == "DELETED")
        disable(name)
        batch.delete_compute_environment(computeEnvironment=name)
        wait_until("gone", lambda: (environment(name) or {"status": "DELETED"})["status"] == "DELETED")


class Dashboards(SlipwayCase):
    def test_measure_jobs_by_differences_of_milliseconds(self):
        before = time.time() * 1000
        job = run("sleep 1")
        self.assertLess(abs(job["createdAt"] - before), 5000)
        self.assertGreaterEqual(job["stoppedAt"] - job["startedAt"], 950)
        self.assertLess(job["startedAt"] - job["createdAt"], 30_000)


if __name__ == "__main__":
    main()
