"""What a queue can tell of itself, consumable resources, and stopping many jobs at once."""

from slipway_case import (
    SlipwayCase, arn, batch, blocked_queue, create_environment, create_queue, ec2, main, register, run,
    submit, unique, wait_for, wait_until,
)

NOBODY = "abcdef01-0000-4000-8000-000000000000"


class Snapshots(SlipwayCase):
    def test_the_front_of_a_queue_is_in_the_order_of_submission(self):
        queue = blocked_queue()
        ids = [submit("true", queue=queue) for _ in range(3)]
        for job_id in ids:
            wait_for(job_id, ["RUNNABLE"])
        front = batch.get_job_queue_snapshot(jobQueue=queue)["frontOfQueue"]
        self.assertEqual([entry["jobArn"] for entry in front["jobs"]], [arn(f"job/{job_id}") for job_id in ids])
        for entry in front["jobs"]:
            self.assertIsInstance(entry["earliestTimeAtPosition"], int)
        self.assertIsInstance(front["lastUpdatedAt"], int)

    def test_an_empty_queue_has_an_empty_front(self):
        answer = batch.get_job_queue_snapshot(jobQueue=arn(f"job-queue/{create_queue()}"))
        self.assertEqual(answer["frontOfQueue"]["jobs"], [])

    def test_a_queue_must_exist(self):
        self.refused(lambda: batch.get_job_queue_snapshot(jobQueue="never-was"))


class Room(SlipwayCase):
    def test_no_more_jobs_run_than_the_environment_has_vcpus(self):
        queue = create_queue([create_environment(ec2(maximum=2))])
        ids = [submit("sleep 1", queue=queue) for _ in range(4)]
        jobs = [wait_for(job_id) for job_id in ids]
        changes = sorted([(job["startedAt"], 1) for job in jobs] + [(job["stoppedAt"], -1) for job in jobs])
        together, most = 0, 0
        for _, change in changes:
            together += change
            most = max(most, together)
        self.assertLessEqual(most, 2)
        self.assertEqual({job["status"] for job in jobs}, {"SUCCEEDED"})

    def test_a_queue_runs_in_the_order_of_submission(self):
        queue = create_queue([create_environment(ec2(maximum=1))])
        jobs = [wait_for(job_id) for job_id in [submit("sleep 0.2", queue=queue) for _ in range(4)]]
        for earlier, later in zip(jobs, jobs[1:]):
            self.assertLessEqual(earlier["stoppedAt"], later["startedAt"])

    def test_a_higher_priority_goes_first_where_queues_share(self):
        environment = create_environment(ec2(maximum=1))
        low, high = create_queue([environment], priority=1), create_queue([environment], priority=10)
        running = submit("sleep 1", queue=low)
        wait_for(running, ["RUNNING"])
        low_id, high_id = submit("sleep 0.2", queue=low), submit("sleep 0.2", queue=high)
        self.assertLess(wait_for(high_id)["startedAt"], wait_for(low_id)["startedAt"])

    def test_a_share_with_less_use_goes_first(self):
        policy = batch.create_scheduling_policy(name=unique("fair"), fairsharePolicy={"shareDistribution": [
            {"shareIdentifier": "greedy", "weightFactor": 1.0}, {"shareIdentifier": "modest", "weightFactor": 1.0}]})
        queue = create_queue([create_environment(ec2(maximum=1))], schedulingPolicyArn=policy["arn"])
        greedy = [submit("sleep 0.4", queue=queue, shareIdentifier="greedy") for _ in range(4)]
        wait_for(greedy[0], ["RUNNING", "SUCCEEDED"])
        modest = wait_for(submit("true", queue=queue, shareIdentifier="modest"))
        self.assertLess(modest["startedAt"], wait_for(greedy[-1])["startedAt"])


class ConsumableResources(SlipwayCase):
    def create(self, quantity, kind="REPLENISHABLE", **more):
        name = unique("licence")
        answer = batch.create_consumable_resource(
            consumableResourceName=name, totalQuantity=quantity, resourceType=kind, **more)
        self.assert_members(answer, {"consumableResourceName": name,
                                     "consumableResourceArn": arn(f"consumable-resource/{name}")})
        return name

    def wanting(self, resource, quantity, script="true"):
        return register(script, consumableResourceProperties={"consumableResourceList": [
            {"consumableResource": resource, "quantity": quantity}]})

    def test_is_described_changed_listed_and_deleted(self):
        name = self.create(5, tags={"a": "b"})
        found = batch.describe_consumable_resource(consumableResource=name)
        self.assert_members(found, {"consumableResourceName": name, "totalQuantity": 5, "inUseQuantity": 0,
                                    "availableQuantity": 5, "resourceType": "REPLENISHABLE", "tags": {"a": "b"}})
        for operation, quantity, total in [("ADD", 3, 8), ("REMOVE", 2, 6), ("SET", 10, 10)]:
            answer = batch.update_consumable_resource(consumableResource=name, operation=operation, quantity=quantity)
            self.assertEqual(answer["totalQuantity"], total)
        listed = batch.list_consumable_resources(filters=[{"name": "CONSUMABLE_RESOURCE_NAME", "values": [name]}])
        self.assertEqual([entry["consumableResourceName"] for entry in listed["consumableResources"]], [name])
        batch.delete_consumable_resource(consumableResource=arn(f"consumable-resource/{name}"))
        self.refused(lambda: batch.describe_consumable_resource(consumableResource=name))

    def test_jobs_wait_for_each_others_share_of_it(self):
        name = self.create(1)
        ids = [submit(jobDefinition=self.wanting(name, 1, "sleep 0.5")) for _ in range(3)]
        jobs = sorted((wait_for(job_id) for job_id in ids), key=lambda job: job["startedAt"])
        for earlier, later in zip(jobs, jobs[1:]):
            self.assertLessEqual(earlier["stoppedAt"], later["startedAt"])
        wait_until("all given back", lambda: batch.describe_consumable_resource(
            consumableResource=name)["availableQuantity"] == 1)

    def test_what_is_not_replenishable_is_gone_for_good(self):
        name = self.create(2, kind="NON_REPLENISHABLE")
        definition = self.wanting(name, 2)
        self.assertEqual(run(jobDefinition=definition)["status"], "SUCCEEDED")
        second_id = submit(jobDefinition=definition)
        wait_for(second_id, ["RUNNABLE"])
        found = batch.describe_consumable_resource(consumableResource=name)
        self.assert_members(found, {"totalQuantity": 0, "availableQuantity": 0})
        batch.update_consumable_resource(consumableResource=name, operation="ADD", quantity=2)
        self.assertEqual(wait_for(second_id)["status"], "SUCCEEDED")

    def test_its_jobs_can_be_listed(self):
        name = self.create(0)
        job_id = submit(jobDefinition=self.wanting(name, 1), jobName="waits-for-it")
        wait_for(job_id, ["RUNNABLE"])
        listed = batch.list_jobs_by_consumable_resource(consumableResource=name)["jobs"]
        self.assertEqual([(job["jobName"], job["jobStatus"]) for job in listed], [("waits-for-it", "RUNNABLE")])
        batch.cancel_job(jobId=job_id, reason="none will come")


class ManyAtOnce(SlipwayCase):
    def test_many_are_cancelled_at_once(self):
        queue = blocked_queue()
        ids = [submit("true", queue=queue) for _ in range(3)]
        answer = batch.cancel_jobs(jobs=[*ids, NOBODY, "nonsense"], reason="all of you")
        self.assertEqual(len(answer["successful"]), 4)
        (error,) = answer["errors"]
        self.assertEqual(error["code"], "ValidationException")
        for job_id in ids:
            self.assert_members(wait_for(job_id), {"status": "FAILED", "statusReason": "all of you"})

    def test_many_are_terminated_at_once(self):
        ids = [submit("sleep 600") for _ in range(3)]
        for job_id in ids:
            wait_for(job_id, ["RUNNING"])
        batch.terminate_jobs(jobs=ids, reason="enough")
        for job_id in ids:
            self.assert_members(wait_for(job_id), {"status": "FAILED", "statusReason": "enough"})

    def test_fifty_are_the_most(self):
        self.refused(lambda: batch.cancel_jobs(jobs=[NOBODY] * 51, reason="too many"))


if __name__ == "__main__":
    main()
