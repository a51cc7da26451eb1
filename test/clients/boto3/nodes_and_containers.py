"""Multi-node parallel jobs, and jobs of several containers."""

from slipway_case import (
    SlipwayCase, batch, describe, lines_of, main, output_of, register, run, shell, submit, unique, wait_for,
    wait_until,
)


def register_nodes(ranges, nodes=3, main_node=0, **definition):
    """Registers a multi-node definition from {targetNodes: script} and returns its ARN."""
    properties = {"numNodes": nodes, "mainNode": main_node, "nodeRangeProperties": [
        {"targetNodes": target, "container": shell(script)} for target, script in ranges.items()]}
    return batch.register_job_definition(jobDefinitionName=unique("nodes"), type="multinode",
                                         nodeProperties=properties, **definition)["jobDefinitionArn"]


def nodes_of(job_id, count):
    jobs = batch.describe_jobs(jobs=[f"{job_id}#{index}" for index in range(count)])["jobs"]
    assert len(jobs) == count, f"{len(jobs)} of {count} nodes described"
    return jobs


def environment_of(job):
    return dict(line.split("=", 1) for line in output_of(job) if "=" in line)


WAIT_FOR_ALL = "sleep 1.5; env"


class MultiNodeJobs(SlipwayCase):
    def test_a_job_shows_its_nodes_and_no_container(self):
        job = run(jobDefinition=register_nodes({"0:0": "sleep 0.5", "1:2": "true"}))
        self.assert_members(job, {"status": "SUCCEEDED", "statusReason": "Essential container in task exited"})
        self.assert_absent(job, "container", "nodeDetails", "arrayProperties")
        properties = job["nodeProperties"]
        self.assertEqual((properties["numNodes"], properties["mainNode"]), (3, 0))
        self.assertEqual([entry["targetNodes"] for entry in properties["nodeRangeProperties"]], ["0:0", "1:2"])
        self.assertEqual(properties["nodeRangeProperties"][0]["container"]["command"], ["sh", "-c", "sleep 0.5"])
        self.assertEqual(job["attempts"][-1]["container"]["exitCode"], 0)

    def test_each_node_has_a_container_and_knows_its_place(self):
        job_id = run(jobDefinition=register_nodes({"0": "sleep 1", "1:": "true"}))["jobId"]
        for index, node in enumerate(nodes_of(job_id, 3)):
            self.assertEqual(node["jobId"], f"{job_id}#{index}")
            self.assert_members(node["nodeDetails"], {"nodeIndex": index, "isMainNode": index == 0})
            self.assertEqual(node["status"], "SUCCEEDED")
            self.assertEqual(node["container"]["exitCode"], 0)
            self.assertIn("logStreamName", node["container"])
        streams = {node["container"]["logStreamName"] for node in nodes_of(job_id, 3)}
        self.assertEqual(len(streams), 3)

    def test_nodes_see_the_variables_of_their_kind(self):
        job_id = run(jobDefinition=register_nodes({"0": WAIT_FOR_ALL, "1:": "env"}, nodes=2))["jobId"]
        for index, node in enumerate(nodes_of(job_id, 2)):
            environment = environment_of(node)
            self.assert_members(environment, {
                "AWS_BATCH_JOB_ID": f"{job_id}#{index}", "AWS_BATCH_JOB_NODE_INDEX": str(index),
                "AWS_BATCH_JOB_NUM_NODES": "2", "AWS_BATCH_JOB_MAIN_NODE_INDEX": "0", "AWS_BATCH_JOB_ATTEMPT": "1"})
            has_address = "AWS_BATCH_JOB_MAIN_NODE_PRIVATE_IPV4_ADDRESS" in environment
            self.assertEqual(has_address, index != 0)

    def test_the_end_of_the_main_node_is_the_end_of_all(self):
        job = run(jobDefinition=register_nodes({"0:1": "sleep 600", "2:": "sleep 1; exit 4"}, main_node=2))
        self.assertEqual(job["status"], "FAILED")
        self.assertEqual(job["attempts"][-1]["container"]["exitCode"], 4)
        wait_until("all nodes ended", lambda: all("stoppedAt" in node for node in nodes_of(job["jobId"], 3)))

    def test_the_end_of_another_node_is_its_own(self):
        job_id = submit(jobDefinition=register_nodes({"0": "sleep 2", "1": "exit 5", "2": "true"}))
        job = wait_for(job_id)
        self.assertEqual(job["status"], "SUCCEEDED")
        ends = [(node["status"], node["container"]["exitCode"]) for node in nodes_of(job_id, 3)]
        self.assertEqual(ends, [("SUCCEEDED", 0), ("FAILED", 5), ("SUCCEEDED", 0)])

    def test_a_failed_main_node_is_tried_again_with_all_others(self):
        script = "sleep 0.7; exit $((AWS_BATCH_JOB_ATTEMPT < 2 ? 1 : 0))"
        job = run(jobDefinition=register_nodes({"0": script, "1:": "sleep 0.1"}, nodes=2), retryStrategy={"attempts": 3})
        self.assertEqual((job["status"], len(job["attempts"])), ("SUCCEEDED", 2))
        self.assertEqual([len(node["attempts"]) for node in nodes_of(job["jobId"], 2)], [2, 2])

    def test_nodes_are_listed_by_their_job_only(self):
        job_id = submit(jobDefinition=register_nodes({"0": "sleep 3", "1:": "sleep 3"}))
        wait_until("all nodes run", lambda: all(node["status"] == "RUNNING" for node in nodes_of(job_id, 3)))
        listed = batch.list_jobs(multiNodeJobId=job_id)["jobSummaryList"]
        places = sorted((job["nodeProperties"]["nodeIndex"], job["nodeProperties"]["isMainNode"]) for job in listed)
        self.assertEqual(places, [(0, True), (1, False), (2, False)])
        in_queue = [job["jobId"] for job in batch.list_jobs(jobQueue="default")["jobSummaryList"]]
        self.assertIn(job_id, in_queue)
        self.assertEqual([found for found in in_queue if "#" in found], [])
        self.assertEqual(wait_for(job_id)["status"], "SUCCEEDED")

    def test_terminating_the_job_stops_all_nodes(self):
        job_id = submit(jobDefinition=register_nodes({"0:": "sleep 600"}, nodes=2), retryStrategy={"attempts": 2})
        wait_until("all nodes run", lambda: all(node["status"] == "RUNNING" for node in nodes_of(job_id, 2)))
        batch.terminate_job(jobId=job_id, reason="all of them")
        self.assert_members(wait_for(job_id), {"status": "FAILED", "statusReason": "all of them"})
        for node in nodes_of(job_id, 2):
            self.assertEqual(node["status"], "FAILED")

    def test_overrides_change_the_number_of_nodes_and_what_a_range_does(self):
        definition = register_nodes({"0": "sleep 1", "1:": "exit 1"}, nodes=2)
        job = run(jobDefinition=definition, nodeOverrides={"numNodes": 4, "nodePropertyOverrides": [
            {"targetNodes": "1:", "containerOverrides": {"command": ["sh", "-c", "echo $AWS_BATCH_JOB_NUM_NODES"]}}]})
        self.assertEqual(job["nodeProperties"]["numNodes"], 4)
        for node in nodes_of(job["jobId"], 4)[1:]:
            self.assertEqual(output_of(node), ["4"])

    def test_overrides_must_name_a_range_of_the_definition(self):
        definition = register_nodes({"0:0": "true", "1:": "true"})
        overrides = {"nodePropertyOverrides": [{"targetNodes": "1:1", "containerOverrides": {"command": ["true"]}}]}
        self.refused(lambda: submit(jobDefinition=definition, nodeOverrides=overrides),
                     "NodeOverride targets should match job definition. Non matching targets - 1:1")

    def test_ranges_must_cover_all_nodes_once(self):
        for ranges in [{"0": "true"}, {"0:1": "true", "3:": "true"}, {"0:2": "true", "1:3": "true"}]:
            with self.subTest(ranges):
                self.refused(lambda: register_nodes(ranges, nodes=4))
        self.refused(lambda: register_nodes({"0:": "true"}, nodes=2, main_node=2))

    def test_a_multi_node_job_is_no_array(self):
        definition = register_nodes({"0:": "true"})
        self.refused(lambda: submit(jobDefinition=definition, arrayProperties={"size": 2}))

    def test_a_job_may_wait_for_a_multi_node_job(self):
        first_id = submit(jobDefinition=register_nodes({"0:": "sleep 0.5"}, nodes=2))
        second = run("true", dependsOn=[{"jobId": first_id}])
        self.assertGreaterEqual(second["startedAt"], describe(first_id)["stoppedAt"])


def container(name, script, **more):
    requirements = [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "64"}]
    return {"name": name, "image": "busybox", "command": ["sh", "-c", script], "resourceRequirements": requirements,
            "essential": True, **more}


def register_task(*containers):
    name = unique("task")
    return batch.register_job_definition(
        jobDefinitionName=name, type="container", platformCapabilities=["EC2"],
        ecsProperties={"taskProperties": [{"containers": list(containers)}]})["jobDefinitionArn"]


def task_of(job):
    (task,) = job["ecsProperties"]["taskProperties"]
    return {entry["name"]: entry for entry in task["containers"]}


class SeveralContainers(SlipwayCase):
    def test_each_container_has_its_own_end_and_log(self):
        job = run(jobDefinition=register_task(
            container("main", "sleep 0.5; echo from main"), container("side", "echo from side", essential=False)))
        self.assertEqual(job["status"], "SUCCEEDED")
        (attempt,) = job["attempts"]
        (task,) = attempt["taskProperties"]
        ends = {entry["name"]: entry for entry in task["containers"]}
        self.assertEqual({name: entry["exitCode"] for name, entry in ends.items()}, {"main": 0, "side": 0})
        for name in ["main", "side"]:
            self.assertEqual(lines_of(ends[name]["logStreamName"]), [f"from {name}"])
            self.assertIn(f"/{name}/", ends[name]["logStreamName"])
            self.assert_members(task_of(job)[name], {"exitCode": 0, "logStreamName": ends[name]["logStreamName"]})
        self.assertIn("taskArn", task)

    def test_an_essential_container_decides(self):
        job = run(jobDefinition=register_task(
            container("main", "sleep 0.5; exit 3"), container("side", "sleep 600", essential=False)))
        self.assert_members(job, {"status": "FAILED", "statusReason": "Essential container in task exited"})
        self.assertEqual(task_of(job)["main"]["exitCode"], 3)

    def test_containers_wait_for_each_other(self):
        job = run(jobDefinition=register_task(
            container("first", "sleep 0.5; date +%s%N", essential=False),
            container("second", "date +%s%N", dependsOn=[{"containerName": "first", "condition": "SUCCESS"}])))
        self.assertEqual(job["status"], "SUCCEEDED")
        times = {name: int(lines_of(entry["logStreamName"])[0]) for name, entry in task_of(job).items()}
        self.assertGreaterEqual(times["second"], times["first"])

    def test_overrides_are_matched_by_the_name_of_the_container(self):
        definition = register_task(container("main", "echo $WORD"), container("side", "echo side", essential=False))
        overrides = {"taskProperties": [{"containers": [
            {"name": "main", "environment": [{"name": "WORD", "value": "overridden"}]}]}]}
        job = run(jobDefinition=definition, ecsPropertiesOverride=overrides)
        self.assertEqual(lines_of(task_of(job)["main"]["logStreamName"]), ["overridden"])

    def test_container_overrides_are_for_single_containers(self):
        definition = register_task(container("main", "true"))
        self.refused(lambda: submit(jobDefinition=definition, containerOverrides={"command": ["true"]}))
        single = register()
        self.refused(lambda: submit(jobDefinition=single, ecsPropertiesOverride={"taskProperties": [
            {"containers": [{"name": "main", "command": ["true"]}]}]}))

    def test_the_definition_comes_back_unchanged(self):
        given = [container("a", "true"), container("b", "true", essential=False,
                                                   dependsOn=[{"containerName": "a", "condition": "START"}])]
        definition = register_task(*given)
        (found,) = batch.describe_job_definitions(jobDefinitions=[definition])["jobDefinitions"]
        shown = found["ecsProperties"]["taskProperties"][0]["containers"]
        for entry, expected in zip(shown, given):
            self.assert_members(entry, expected)


if __name__ == "__main__":
    main()
