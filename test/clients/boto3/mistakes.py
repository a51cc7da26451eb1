"""Bad input is refused as ClientException, in the words that clients search for."""

from slipway_case import SlipwayCase, arn, batch, main, register, run, shell, submit, unique

NOBODY = "00000000-0000-4000-8000-000000000000"
VCPU = {"type": "VCPU", "value": "1"}
MEMORY = {"type": "MEMORY", "value": "64"}


def register_with(**definition):
    name = definition.pop("jobDefinitionName", unique("mistaken"))
    kind = definition.pop("type", "container")
    return batch.register_job_definition(jobDefinitionName=name, type=kind, **definition)


def fargate(**properties):
    sizes = properties.pop("resourceRequirements", [{"type": "VCPU", "value": "0.25"}, {"type": "MEMORY", "value": "512"}])
    role = "arn:aws:iam::123456789012:role/execution"
    container = {**shell("true", resourceRequirements=sizes, executionRoleArn=role), **properties}
    return register_with(containerProperties={name: value for name, value in container.items() if value is not None},
                         platformCapabilities=["FARGATE"])


class Submissions(SlipwayCase):
    def refused_submission(self, text="", **request):
        return self.refused(lambda: submit(**{"jobDefinition": "shell", **request}), text)

    def test_a_job_name_has_a_pattern(self):
        for name in ["", "-first", "has space", "dot.ted", "x" * 129]:
            self.refused_submission("Job name should match valid pattern", jobName=name)

    def test_a_queue_must_exist(self):
        for queue in ["never-was", arn("job-queue/never-was")]:
            self.refused_submission(f"JobQueue {queue} not found.", queue=queue)

    def test_a_definition_must_exist(self):
        for name in ["never-was", "never-was:3", "shell:99"]:
            self.refused_submission(f"JobDefinition name {name} does not exist or is not in ACTIVE status",
                                    jobDefinition=name)
        for definition in [arn("job-definition/never-was:1"), arn("job-definition/never-was")]:
            self.refused_submission(f"JobDefinition {definition} not found.", jobDefinition=definition)

    def test_an_array_has_2_to_10000_children(self):
        for size in [-1, 0, 1, 10_001]:
            self.refused_submission("arrayProperties.size", arrayProperties={"size": size})

    def test_a_timeout_is_at_least_a_minute(self):
        self.refused_submission("timeout.attemptDurationSeconds", timeout={"attemptDurationSeconds": 59})

    def test_attempts_are_1_to_10(self):
        for attempts in [0, 11]:
            self.refused_submission("retryStrategy.attempts", retryStrategy={"attempts": attempts})

    def test_rules_of_retries_have_a_grammar(self):
        rule = {"onExitCode": "1", "action": "RETRY"}
        for rules in [[rule] * 6, [{"action": "RETRY"}], [{**rule, "action": "MAYBE"}], [{**rule, "onExitCode": "1?"}],
                      [{"onReason": "a/b", "action": "EXIT"}]]:
            self.refused_submission("evaluateOnExit", retryStrategy={"attempts": 2, "evaluateOnExit": rules})
        self.refused_submission("attempts", retryStrategy={"evaluateOnExit": [rule]})

    def test_a_priority_is_0_to_9999(self):
        self.refused_submission("schedulingPriorityOverride", schedulingPriorityOverride=10_000)

    def test_tags_have_limits(self):
        for tags in [{f"{number}": "" for number in range(51)}, {"aws:x": ""}, {"k" * 129: ""}, {"k": "v" * 257}]:
            self.refused_submission("tags", tags=tags)

    def test_reserved_variables_cannot_be_set(self):
        for environment in [[{"name": "AWS_BATCH_JOB_ID", "value": "x"}], [{"name": "AWS_BATCH_ANYTHING", "value": ""}]]:
            self.refused_submission("AWS_BATCH", containerOverrides={"environment": environment})

    def test_a_command_has_no_empty_word(self):
        self.refused_submission(containerOverrides={"command": ["echo", ""]})

    def test_a_body_has_at_most_30_kib(self):
        self.refused_submission(parameters={"big": "x" * 31 * 1024})

    def test_overrides_that_are_too_long_fail_the_job_and_not_the_call(self):
        environment = [{"name": f"NAME_{number}", "value": "x" * 100} for number in range(90)]
        job = run(jobDefinition="shell", containerOverrides={"environment": environment}, retryStrategy={"attempts": 3})
        self.assert_members(job, {"status": "FAILED",
                                  "statusReason": "Container Overrides length must be at most 8192"})

    def test_more_than_fifty_tags_to_propagate_fail_the_job_and_not_the_call(self):
        definition = register(tags={f"definition-{number}": "" for number in range(30)})
        tags = {f"job-{number}": "" for number in range(30)}
        self.assertEqual(run(jobDefinition=definition, tags=tags, propagateTags=True)["status"], "FAILED")
        self.assertEqual(run(jobDefinition=definition, tags=tags)["status"], "SUCCEEDED")

    def test_deprecated_overrides_do_not_beat_resource_requirements(self):
        job = run(jobDefinition=register(), containerOverrides={"vcpus": 2, "memory": 128})
        shown = {entry["type"]: entry["value"] for entry in job["container"]["resourceRequirements"]}
        self.assertEqual(shown, {"VCPU": "1", "MEMORY": "64"})

    def test_members_are_required_and_typed(self):
        self.refused(lambda: batch.submit_job(jobName="x", jobQueue="default"), "jobDefinition")
        self.refused(lambda: batch.submit_job(jobName=7, jobQueue="default", jobDefinition="shell"), "jobName")
        self.refused_submission("arrayProperties", arrayProperties={"size": "three"})
        self.refused_submission("dependsOn", dependsOn=[{"jobId": NOBODY, "type": "SOMEHOW"}])

    def test_an_arn_of_another_region_is_refused(self):
        self.refused_submission(queue=arn("job-queue/default", region="sa-east-1"))
        self.refused_submission(jobDefinition=arn("job-definition/shell:1", region="sa-east-1"))

    def test_an_arn_of_another_account_is_refused(self):
        self.refused_submission(queue=arn("job-queue/default").replace("123456789012", "210987654321"))


class Definitions(SlipwayCase):
    def refused_definition(self, text="", **definition):
        return self.refused(lambda: register_with(**definition), text)

    def test_a_name_has_a_pattern(self):
        for name in ["has space", "dot.ted", "x" * 129]:
            self.refused_definition(f"Provided name {name} is not supported pattern[a-zA-Z_0-9-]{{1,128}}",
                                    jobDefinitionName=name, containerProperties=shell("true"))

    def test_vcpus_and_memory_are_needed(self):
        no_vcpu = {"image": "busybox", "resourceRequirements": [MEMORY]}
        self.refused_definition("vCPU is not provided.", containerProperties=no_vcpu)
        self.refused_definition(containerProperties={"image": "busybox", "resourceRequirements": [VCPU]})

    def test_amounts_have_limits(self):
        for requirements in [[VCPU, {"type": "MEMORY", "value": "3"}], [{"type": "VCPU", "value": "0.5"}, MEMORY],
                             [{"type": "VCPU", "value": "many"}, MEMORY], [VCPU, MEMORY, {"type": "GPU", "value": "0.5"}],
                             [VCPU, MEMORY, {"type": "DISK", "value": "1"}]]:
            self.refused_definition(containerProperties=shell("true", resourceRequirements=requirements))

    def test_an_image_is_needed_and_short(self):
        self.refused_definition("image", containerProperties={"resourceRequirements": [VCPU, MEMORY]})
        self.refused_definition("image", containerProperties=shell("true", image="x" * 256))

    def test_a_type_comes_with_its_properties(self):
        self.refused_definition()
        self.refused_definition(type="multinode", containerProperties=shell("true"))
        self.refused_definition("type", type="something", containerProperties=shell("true"))

    def test_a_body_has_at_most_24_kib(self):
        self.refused_definition(containerProperties=shell("x" * 25 * 1024))

    def test_fargate_takes_the_sizes_it_has(self):
        for vcpu, memory in [("0.25", "4096"), ("0.3", "512"), ("4", "1024")]:
            sizes = [{"type": "VCPU", "value": vcpu}, {"type": "MEMORY", "value": memory}]
            self.refused(lambda: fargate(resourceRequirements=sizes))
        fargate()

    def test_fargate_refuses_what_needs_a_host(self):
        for properties in [{"privileged": True}, {"ulimits": [{"name": "nofile", "softLimit": 1, "hardLimit": 1}]},
                           {"executionRoleArn": None}, {"instanceType": "m5.large"},
                           {"volumes": [{"name": "v", "host": {"sourcePath": "/"}}]},
                           {"linuxParameters": {"sharedMemorySize": 1}}]:
            with self.subTest(properties):
                self.refused(lambda: fargate(**properties))

    def test_reserved_variables_cannot_be_set(self):
        environment = [{"name": "AWS_BATCH_JOB_ID", "value": "mine"}]
        self.refused_definition("AWS_BATCH", containerProperties=shell("true", environment=environment))

    def test_mount_points_name_volumes(self):
        mounts = [{"sourceVolume": "never-was", "containerPath": "/x"}]
        self.refused_definition("never-was", containerProperties=shell("true", mountPoints=mounts))


class Elsewhere(SlipwayCase):
    def test_a_child_has_no_tags_of_its_own(self):
        job_id = submit(jobDefinition="shell", arrayProperties={"size": 2})
        self.refused(lambda: batch.tag_resource(resourceArn=arn(f"job/{job_id}:0"), tags={"a": "b"}))

    def test_ids_of_arrays_must_be_ids(self):
        self.refused(lambda: batch.list_jobs(arrayJobId="nonsense"), "arrayJobId")

    def test_an_update_needs_something_to_update(self):
        self.refused(lambda: batch.update_job_queue(jobQueue="never-was", state="DISABLED"), "never-was")
        self.refused(lambda: batch.update_compute_environment(computeEnvironment="never-was", state="DISABLED"),
                     "never-was")

    def test_an_unknown_state_is_refused(self):
        self.refused(lambda: batch.update_job_queue(jobQueue="default", state="PAUSED"), "state")


if __name__ == "__main__":
    main()
