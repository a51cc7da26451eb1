"""Job definitions: what is registered comes back, revisions, and every way to name one."""

from slipway_case import REGION, SlipwayCase, arn, batch, main, register, run, shell, submit, unique


def definition(reference):
    (found,) = batch.describe_job_definitions(jobDefinitions=[reference])["jobDefinitions"]
    return found


def revisions(name, **request):
    pages = batch.get_paginator("describe_job_definitions").paginate(jobDefinitionName=name, **request)
    return [(found["revision"], found["status"]) for page in pages for found in page["jobDefinitions"]]


FULL_CONTAINER = {
    "image": "busybox:latest",
    "command": ["sh", "-c", "echo Ref::word"],
    "jobRoleArn": "arn:aws:iam::123456789012:role/job",
    "executionRoleArn": "arn:aws:iam::123456789012:role/execution",
    "environment": [{"name": "A", "value": "1"}, {"name": "EMPTY", "value": ""}],
    "mountPoints": [{"containerPath": "/scratch", "readOnly": False, "sourceVolume": "scratch"}],
    "volumes": [{"name": "scratch", "host": {"sourcePath": "/tmp"}}],
    "privileged": False,
    "readonlyRootFilesystem": False,
    "resourceRequirements": [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "64"}],
    "ulimits": [{"hardLimit": 1024, "name": "nofile", "softLimit": 512}],
    "linuxParameters": {"initProcessEnabled": True, "sharedMemorySize": 64, "tmpfs": [
        {"containerPath": "/t", "size": 16, "mountOptions": ["rw"]}]},
    "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "/own"}, "secretOptions": []},
    "secrets": [{"name": "S", "valueFrom": f"arn:aws:ssm:{REGION}:123456789012:parameter/s"}],
    "user": "nobody",
}
FULL = {
    "type": "container",
    "parameters": {"word": "hello", "nf-token": "0123", "metaflow.user": "me"},
    "containerProperties": FULL_CONTAINER,
    "retryStrategy": {"attempts": 5, "evaluateOnExit": [
        {"action": "RETRY", "onStatusReason": "Host EC2*"}, {"action": "EXIT", "onReason": "*"}]},
    "timeout": {"attemptDurationSeconds": 432000},
    "propagateTags": True,
    "platformCapabilities": ["EC2"],
    "schedulingPriority": 7,
    "tags": {"team": "a b", "nextflow.io/version": "24.10.0", "Ünïcödé": "✓"},
}


class Registering(SlipwayCase):
    def test_a_registration_is_answered_with_name_revision_and_arn(self):
        name = unique("registered")
        request = {"jobDefinitionName": name, "type": "container", "containerProperties": shell("true")}
        for revision in [1, 2]:
            answer = batch.register_job_definition(**request)
            self.assert_members(answer, {"jobDefinitionName": name, "revision": revision,
                                         "jobDefinitionArn": arn(f"job-definition/{name}:{revision}")})

    def test_everything_registered_comes_back_unchanged(self):
        name = unique("full")
        batch.register_job_definition(jobDefinitionName=name, **FULL)
        found = definition(f"{name}:1")
        self.assert_members(found, FULL)
        self.assert_members(found, {"jobDefinitionName": name, "revision": 1, "status": "ACTIVE",
                                    "containerOrchestrationType": "ECS"})

    def test_empty_lists_and_false_are_kept_and_absent_lists_come_back_empty(self):
        given = shell("true", environment=[], privileged=False, ulimits=[], mountPoints=[])
        container = definition(register(containerProperties=given))["containerProperties"]
        self.assert_members(container, {**given, "secrets": [], "volumes": []})
        self.assert_absent(container, "user", "jobRoleArn", "logConfiguration", "linuxParameters")

    def test_a_fargate_definition_comes_back_unchanged(self):
        given = shell("true", executionRoleArn="arn:aws:iam::123456789012:role/execution",
                      networkConfiguration={"assignPublicIp": "ENABLED"},
                      fargatePlatformConfiguration={"platformVersion": "LATEST"},
                      ephemeralStorage={"sizeInGiB": 30},
                      runtimePlatform={"operatingSystemFamily": "LINUX", "cpuArchitecture": "X86_64"},
                      resourceRequirements=[{"type": "VCPU", "value": "0.25"}, {"type": "MEMORY", "value": "512"}])
        found = definition(register(containerProperties=given, platformCapabilities=["FARGATE"]))
        self.assert_members(found["containerProperties"], given)
        self.assertEqual(found["platformCapabilities"], ["FARGATE"])

    def test_a_multinode_definition_comes_back_unchanged(self):
        name = unique("multinode")
        ranges = [{"targetNodes": "0:0", "container": shell("sleep 1")}, {"targetNodes": "1:", "container": shell("true")}]
        properties = {"numNodes": 3, "mainNode": 0, "nodeRangeProperties": ranges}
        batch.register_job_definition(jobDefinitionName=name, type="multinode", nodeProperties=properties)
        found = definition(name + ":1")["nodeProperties"]
        self.assertEqual((found["numNodes"], found["mainNode"]), (3, 0))
        for shown, given in zip(found["nodeRangeProperties"], ranges):
            self.assertEqual(shown["targetNodes"], given["targetNodes"])
            self.assert_members(shown["container"], given["container"])


class Revisions(SlipwayCase):
    def test_all_revisions_are_listed_the_newest_first(self):
        name = unique("revisions")
        for _ in range(3):
            register(name=name)
        batch.deregister_job_definition(jobDefinition=f"{name}:2")
        self.assertEqual(revisions(name), [(3, "ACTIVE"), (2, "INACTIVE"), (1, "ACTIVE")])
        self.assertEqual(revisions(name, status="ACTIVE"), [(3, "ACTIVE"), (1, "ACTIVE")])
        self.assertEqual(revisions(name, PaginationConfig={"PageSize": 1}),
                         [(3, "ACTIVE"), (2, "INACTIVE"), (1, "ACTIVE")])

    def test_a_name_is_never_a_prefix(self):
        name = unique("prefix")
        register(name=f"{name}-longer")
        self.assertEqual(revisions(name), [])

    def test_a_submission_by_name_takes_the_latest_active_revision(self):
        name = unique("latest")
        arns = [register(f"exit {number}", name=name) for number in range(3)]
        batch.deregister_job_definition(jobDefinition=arns[2])
        for reference in [name, arn(f"job-definition/{name}")]:
            self.assertEqual(run(jobDefinition=reference)["jobDefinition"], arns[1])
        for reference in [f"{name}:1", arns[0]]:
            self.assertEqual(run(jobDefinition=reference)["jobDefinition"], arns[0])

    def test_an_inactive_revision_takes_no_jobs(self):
        name = unique("inactive")
        definition_arn = register(name=name)
        batch.deregister_job_definition(jobDefinition=f"{name}:1")
        self.assertEqual(definition(definition_arn)["status"], "INACTIVE")
        self.refused(lambda: submit(jobDefinition=name),
                     f"JobDefinition name {name} does not exist or is not in ACTIVE status")
        self.refused(lambda: submit(jobDefinition=definition_arn))
        self.refused(lambda: submit(jobDefinition=f"{name}:1"))

    def test_a_revision_number_is_never_used_again(self):
        name = unique("reuse")
        batch.deregister_job_definition(jobDefinition=register(name=name))
        self.assertEqual(register(name=name), arn(f"job-definition/{name}:2"))

    def test_jobs_keep_the_definition_they_were_submitted_with(self):
        definition_arn = register("sleep 1; echo kept")
        job_id = submit(jobDefinition=definition_arn)
        batch.deregister_job_definition(jobDefinition=definition_arn)
        from_start = batch.describe_jobs(jobs=[job_id])["jobs"][0]
        self.assertEqual(from_start["jobDefinition"], definition_arn)


class Describing(SlipwayCase):
    def test_definitions_are_named_by_arn_or_name_and_revision(self):
        definition_arn = register()
        name_and_revision = definition_arn.split("/")[1]
        found = batch.describe_job_definitions(jobDefinitions=[definition_arn, name_and_revision, "none:1"])
        self.assertEqual({entry["jobDefinitionArn"] for entry in found["jobDefinitions"]}, {definition_arn})

    def test_unknown_names_give_an_empty_list(self):
        for request in [{"jobDefinitionName": "never-was"}, {"jobDefinitions": ["never-was:1"]},
                        {"jobDefinitionName": "never-was", "status": "ACTIVE"}]:
            self.assertEqual(batch.describe_job_definitions(**request)["jobDefinitions"], [])

    def test_explicit_definitions_go_with_nothing_else(self):
        self.refused(lambda: batch.describe_job_definitions(jobDefinitions=["shell:1"], jobDefinitionName="shell"))
        self.refused(lambda: batch.describe_job_definitions(jobDefinitions=["shell:1"], status="ACTIVE"))

    def test_all_active_definitions_are_paged(self):
        made = {register() for _ in range(3)}
        pages = list(batch.get_paginator("describe_job_definitions").paginate(
            status="ACTIVE", PaginationConfig={"PageSize": 2}))
        found = [entry["jobDefinitionArn"] for page in pages for entry in page["jobDefinitions"]]
        self.assertTrue(made <= set(found))
        self.assertEqual(len(found), len(set(found)))
        self.assertIn(arn("job-definition/shell:1"), found)

    def test_deregistering_twice_is_no_mistake_but_a_revision_is_needed(self):
        definition_arn = register()
        for _ in range(2):
            batch.deregister_job_definition(jobDefinition=definition_arn)
        self.refused(lambda: batch.deregister_job_definition(jobDefinition=definition_arn.split("/")[1].split(":")[0]))


if __name__ == "__main__":
    main()
