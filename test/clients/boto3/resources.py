"""Compute environments, queues, scheduling policies and tags, through the calls that Terraform makes."""

from slipway_case import (
    REGION, SlipwayCase, arn, batch, blocked_queue, create_environment, create_queue, disable, disable_queue,
    ec2, environment, fargate, main, queue_detail, register, run, submit, unique, wait_for, wait_until,
)

SETTLED = ("VALID", "INVALID")


def names(key, pages, member):
    return [entry[member] for page in pages for entry in page[key]]


class ComputeEnvironments(SlipwayCase):
    def test_lives_from_creation_to_absence(self):
        name = unique("life")
        answer = batch.create_compute_environment(
            computeEnvironmentName=name, type="MANAGED", computeResources=fargate(), tags={"made": "by test"})
        self.assert_members(answer, {"computeEnvironmentName": name,
                                     "computeEnvironmentArn": arn(f"compute-environment/{name}")})
        wait_until("settled", lambda: environment(name)["status"] in SETTLED)
        self.assert_members(environment(name), {"status": "VALID", "state": "ENABLED",
                                                "statusReason": "ComputeEnvironment Healthy"})
        self.refused(lambda: batch.delete_compute_environment(computeEnvironment=name), "DISABLED")
        disable(name)
        batch.delete_compute_environment(computeEnvironment=arn(f"compute-environment/{name}"))
        wait_until("gone", lambda: (environment(name) or {"status": "DELETED"})["status"] == "DELETED")
        batch.delete_compute_environment(computeEnvironment=name)

    def test_shows_what_was_asked_for_and_what_the_service_added(self):
        resources = ec2(maximum=16, allocationStrategy="BEST_FIT_PROGRESSIVE", tags={"Name": "instance"})
        name = create_environment(resources, tags={"a": "b"})
        found = environment(name)
        self.assert_members(found, {"computeEnvironmentName": name, "type": "MANAGED", "state": "ENABLED",
                                    "containerOrchestrationType": "ECS", "tags": {"a": "b"}})
        self.assert_members(found["computeResources"], resources)
        cluster = rf"^arn:aws:ecs:{REGION}:123456789012:cluster/AWSBatch-{name}-[0-9a-f-]{{36}}$"
        self.assertRegex(found["ecsClusterArn"], cluster)
        self.assertIn("AWSServiceRoleForBatch", found["serviceRole"])
        self.assertTrue(found["uuid"])

    def test_spot_and_fargate_spot_say_so(self):
        spot = ec2(allocationStrategy="SPOT_CAPACITY_OPTIMIZED", bidPercentage=60, type="SPOT")
        self.assert_members(environment(create_environment(spot))["computeResources"], spot)
        spot = {**fargate(), "type": "FARGATE_SPOT"}
        self.assertEqual(environment(create_environment(spot))["computeResources"], spot)

    def test_changes_its_size_and_refuses_to_shrink_by_hand(self):
        name = create_environment(ec2(maximum=8, minvCpus=0, desiredvCpus=4))
        batch.update_compute_environment(computeEnvironment=name, computeResources={"maxvCpus": 32})
        wait_until("settled", lambda: environment(name)["status"] == "VALID")
        self.assertEqual(environment(name)["computeResources"]["maxvCpus"], 32)
        self.refused(lambda: batch.update_compute_environment(
            computeEnvironment=name, computeResources={"desiredvCpus": 1}),
            "Manually scaling down compute environment is not supported.")

    def test_refuses_a_name_that_is_taken(self):
        name = create_environment()
        self.refused(lambda: batch.create_compute_environment(
            computeEnvironmentName=name, type="MANAGED", computeResources=ec2()), "Object already exists")

    def test_is_kept_while_a_queue_refers_to_it(self):
        name = create_environment()
        queue = create_queue([name])
        disable(name)
        self.refused(lambda: batch.delete_compute_environment(computeEnvironment=name),
                     "Cannot delete, found existing JobQueue relationship")
        disable_queue(queue)
        batch.delete_job_queue(jobQueue=queue)
        wait_until("queue gone", lambda: queue_detail(queue) is None)
        batch.delete_compute_environment(computeEnvironment=name)
        wait_until("gone", lambda: environment(name) is None)

    def test_an_unmanaged_one_needs_a_role_and_runs_jobs(self):
        name = unique("unmanaged")
        request = {"computeEnvironmentName": name, "type": "UNMANAGED"}
        self.refused(lambda: batch.create_compute_environment(**request), "serviceRole")
        batch.create_compute_environment(**request, serviceRole="arn:aws:iam::123456789012:role/service-role/AWSBatch")
        wait_until("settled", lambda: environment(name)["status"] == "VALID")
        self.assert_absent(environment(name), "computeResources")
        self.assertEqual(run("true", queue=create_queue([name]))["status"], "SUCCEEDED")

    def test_all_of_them_are_paged_and_unknown_names_left_out(self):
        made = {create_environment() for _ in range(2)} | {"local"}
        pages = batch.get_paginator("describe_compute_environments").paginate(PaginationConfig={"PageSize": 1})
        found = names("computeEnvironments", pages, "computeEnvironmentName")
        self.assertTrue(made <= set(found))
        self.assertEqual(len(found), len(set(found)))
        some = batch.describe_compute_environments(computeEnvironments=["local", "never-was"])
        self.assertEqual([entry["computeEnvironmentName"] for entry in some["computeEnvironments"]], ["local"])
        self.refused(lambda: batch.describe_compute_environments(computeEnvironments=["x"] * 101))


class Queues(SlipwayCase):
    def test_lives_from_creation_to_absence(self):
        first, second = create_environment(), create_environment()
        name = unique("life")
        order = [{"order": 2, "computeEnvironment": second},
                 {"order": 1, "computeEnvironment": arn(f"compute-environment/{first}")}]
        answer = batch.create_job_queue(jobQueueName=name, state="ENABLED", priority=5, computeEnvironmentOrder=order,
                                        tags={"made": "by test"})
        self.assert_members(answer, {"jobQueueName": name, "jobQueueArn": arn(f"job-queue/{name}")})
        wait_until("settled", lambda: queue_detail(name)["status"] in SETTLED)
        self.assert_members(queue_detail(name), {
            "jobQueueName": name, "jobQueueArn": arn(f"job-queue/{name}"), "state": "ENABLED", "status": "VALID",
            "statusReason": "JobQueue Healthy", "priority": 5, "tags": {"made": "by test"},
            "computeEnvironmentOrder": [
                {"order": 1, "computeEnvironment": arn(f"compute-environment/{first}")},
                {"order": 2, "computeEnvironment": arn(f"compute-environment/{second}")}],
        })
        self.refused(lambda: batch.delete_job_queue(jobQueue=name), "DISABLED")
        batch.update_job_queue(jobQueue=arn(f"job-queue/{name}"), state="DISABLED", priority=9)
        wait_until("disabled", lambda: queue_detail(name)["status"] == "VALID")
        self.assert_members(queue_detail(name), {"state": "DISABLED", "priority": 9})
        self.assertEqual(len(queue_detail(name)["computeEnvironmentOrder"]), 2)
        batch.delete_job_queue(jobQueue=name)
        wait_until("gone", lambda: (queue_detail(name) or {"status": "DELETED"})["status"] == "DELETED")

    def test_replaces_its_order_whole(self):
        first, second = create_environment(), create_environment()
        name = create_queue([first])
        batch.update_job_queue(jobQueue=name, computeEnvironmentOrder=[{"order": 3, "computeEnvironment": second}])
        wait_until("settled", lambda: queue_detail(name)["status"] == "VALID")
        self.assertEqual(queue_detail(name)["computeEnvironmentOrder"],
                         [{"order": 3, "computeEnvironment": arn(f"compute-environment/{second}")}])

    def test_falls_through_to_the_next_environment(self):
        first, second = create_environment(), create_environment()
        name = create_queue([first, second])
        disable(first)
        job = run("echo $AWS_BATCH_CE_NAME", queue=name)
        self.assertEqual(job["status"], "SUCCEEDED")
        self.assertIn(f"AWSBatch-{second}-", job["container"]["taskArn"])

    def test_refuses_what_cannot_be(self):
        name = create_queue()
        self.refused(lambda: create_queue(jobQueueName=name), "Object already exists")
        self.refused(lambda: create_queue(["never-was"]), "never-was")
        self.refused(lambda: create_queue([create_environment(), create_environment(fargate())]))
        self.refused(lambda: create_queue(["local"] * 2))
        self.refused(lambda: create_queue(jobQueueName="bad name"),
                     "Provided name bad name is not supported pattern[a-zA-Z_0-9-]{1,128}")

    def test_remembers_its_time_limits(self):
        actions = [{"reason": "MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT", "state": "RUNNABLE",
                    "maxTimeSeconds": 600, "action": "CANCEL"}]
        name = create_queue(jobStateTimeLimitActions=actions)
        self.assertEqual(queue_detail(name)["jobStateTimeLimitActions"], actions)
        too_soon = [{**actions[0], "maxTimeSeconds": 599}]
        self.refused(lambda: create_queue(jobStateTimeLimitActions=too_soon), "maxTimeSeconds")

    def test_all_of_them_are_paged_and_unknown_names_left_out(self):
        made = {create_queue() for _ in range(2)} | {"default"}
        pages = batch.get_paginator("describe_job_queues").paginate(PaginationConfig={"PageSize": 1})
        found = names("jobQueues", pages, "jobQueueName")
        self.assertTrue(made <= set(found))
        self.assertEqual(len(found), len(set(found)))
        some = batch.describe_job_queues(jobQueues=["never-was", arn("job-queue/default")])
        self.assertEqual([entry["jobQueueName"] for entry in some["jobQueues"]], ["default"])

    def test_a_region_has_a_queue_an_environment_and_a_definition_from_the_start(self):
        self.assert_members(queue_detail("default"), {"state": "ENABLED", "status": "VALID"})
        self.assert_members(environment("local"), {"state": "ENABLED", "status": "VALID"})
        self.assertEqual(run(jobDefinition="shell")["status"], "SUCCEEDED")


class WaitingReasons(SlipwayCase):
    def reason_of(self, job_id):
        job = wait_until("a reason", lambda: (found := wait_for(job_id, ["RUNNABLE"])).get("statusReason") and found)
        return job["statusReason"]

    def asking(self, vcpus):
        return {"resourceRequirements": [{"type": "VCPU", "value": str(vcpus)}]}

    def test_a_job_that_can_never_fit_says_so_and_lets_others_pass(self):
        definition = register()
        job_id = submit(jobDefinition=definition, containerOverrides=self.asking(5000))
        self.assertTrue(self.reason_of(job_id).startswith("MISCONFIGURATION:"))
        self.assertEqual(run(jobDefinition=definition)["status"], "SUCCEEDED")

    def test_more_vcpus_than_the_environment_may_have(self):
        job_id = submit("true", queue=create_queue([create_environment(ec2(maximum=2))]), containerOverrides=self.asking(4))
        self.assertEqual(self.reason_of(job_id), "MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE - CE(s) associated "
                         "with the job queue cannot meet the CPU requirement of the job.")

    def test_no_environment_that_takes_jobs(self):
        job_id = submit("true", queue=blocked_queue())
        self.assertEqual(self.reason_of(job_id),
                         "ACTION_REQUIRED - CE(s) associated with the job queue are disabled.")

    def test_a_reason_goes_away_with_its_cause(self):
        name = create_environment(ec2(maximum=1))
        job_id = submit("true", queue=create_queue([name]), containerOverrides=self.asking(2))
        self.assertTrue(self.reason_of(job_id))
        batch.update_compute_environment(computeEnvironment=name, computeResources={"maxvCpus": 4})
        self.assert_members(wait_for(job_id), {"status": "SUCCEEDED",
                                               "statusReason": "Essential container in task exited"})


class SchedulingPolicies(SlipwayCase):
    def test_lives_beside_its_queue(self):
        name = unique("policy")
        policy = {"shareDecaySeconds": 3600, "computeReservation": 10,
                  "shareDistribution": [{"shareIdentifier": "red", "weightFactor": 0.5},
                                        {"shareIdentifier": "blue*", "weightFactor": 2.0}]}
        answer = batch.create_scheduling_policy(name=name, fairsharePolicy=policy, tags={"a": "b"})
        self.assert_members(answer, {"name": name, "arn": arn(f"scheduling-policy/{name}")})
        queue = create_queue(schedulingPolicyArn=answer["arn"])
        self.assertEqual(queue_detail(queue)["schedulingPolicyArn"], answer["arn"])
        (found,) = batch.describe_scheduling_policies(arns=[answer["arn"]])["schedulingPolicies"]
        self.assert_members(found, {"name": name, "arn": answer["arn"], "tags": {"a": "b"}})
        self.assert_members(found["fairsharePolicy"], policy)
        pages = batch.get_paginator("list_scheduling_policies").paginate()
        self.assertIn(answer["arn"], names("schedulingPolicies", pages, "arn"))
        self.refused(lambda: batch.delete_scheduling_policy(arn=answer["arn"]))
        batch.update_scheduling_policy(arn=answer["arn"], fairsharePolicy={"shareDecaySeconds": 60})
        (found,) = batch.describe_scheduling_policies(arns=[answer["arn"]])["schedulingPolicies"]
        self.assertEqual(found["fairsharePolicy"]["shareDecaySeconds"], 60)

    def test_shares_belong_to_fair_share_queues(self):
        policy_arn = batch.create_scheduling_policy(name=unique("policy"))["arn"]
        queue = create_queue(schedulingPolicyArn=policy_arn)
        definition = register()
        self.refused(lambda: submit(queue=queue, jobDefinition=definition))
        self.refused(lambda: submit(jobDefinition=definition, shareIdentifier="red"))
        job = run(queue=queue, jobDefinition=definition, shareIdentifier="red", schedulingPriorityOverride=3)
        self.assert_members(job, {"status": "SUCCEEDED", "shareIdentifier": "red", "schedulingPriority": 3})
        listed = batch.list_jobs(jobQueue=queue, filters=[{"name": "SHARE_IDENTIFIER", "values": ["red"]}])
        self.assertEqual([entry["jobId"] for entry in listed["jobSummaryList"]], [job["jobId"]])


class Tags(SlipwayCase):
    def tagged(self):
        """An ARN of each kind of resource that has tags, each with one tag."""
        first = {"first": "1"}
        job = batch.submit_job(jobName="tagged", jobQueue="default", jobDefinition="shell", tags=first)
        return [
            arn(f"compute-environment/{create_environment(tags=first)}"),
            arn(f"job-queue/{create_queue(tags=first)}"),
            register(tags=first),
            batch.create_scheduling_policy(name=unique("policy"), tags=first)["arn"],
            job["jobArn"],
        ]

    def test_are_listed_added_replaced_and_removed_on_every_resource(self):
        for resource in self.tagged():
            with self.subTest(resource):
                def tags():
                    return batch.list_tags_for_resource(resourceArn=resource)["tags"]
                self.assertEqual(tags(), {"first": "1"})
                batch.tag_resource(resourceArn=resource, tags={"first": "2", "metaflow.user": "me", "a b/c+d": "é=&?"})
                self.assertEqual(tags(), {"first": "2", "metaflow.user": "me", "a b/c+d": "é=&?"})
                batch.untag_resource(resourceArn=resource, tagKeys=["a b/c+d", "metaflow.user", "never-was"])
                self.assertEqual(tags(), {"first": "2"})

    def test_of_a_job_show_in_describe_jobs(self):
        answer = batch.submit_job(jobName="tagged", jobQueue="default", jobDefinition=register(tags={"of": "definition"}),
                                  tags={"of": "job"}, propagateTags=True)
        job = wait_for(answer["jobId"])
        self.assertEqual((job["tags"], job["propagateTags"]), ({"of": "job"}, True))
        batch.tag_resource(resourceArn=answer["jobArn"], tags={"later": "yes"})
        self.assertEqual(wait_for(answer["jobId"])["tags"], {"of": "job", "later": "yes"})

    def test_have_limits(self):
        resource = register()
        fifty = {f"key-{number}": "" for number in range(50)}
        batch.tag_resource(resourceArn=resource, tags=fifty)
        for tags in [{"one-more": ""}, {"aws:mine": ""}, {"AWS:mine": ""}, {"k" * 129: ""}, {"k": "v" * 257}]:
            self.refused(lambda: batch.tag_resource(resourceArn=resource, tags=tags))
        self.assertEqual(batch.list_tags_for_resource(resourceArn=resource)["tags"], fifty)

    def test_need_a_resource(self):
        for resource in [arn("job-queue/never-was"), "nonsense", arn("job-queue/default", region="sa-east-1")]:
            self.refused(lambda: batch.list_tags_for_resource(resourceArn=resource))


if __name__ == "__main__":
    main()
