"""Array jobs, and jobs that wait for others."""

from slipway_case import (
    SlipwayCase, arn, batch, create_queue, describe, main, output_of, register, run, submit,
    wait_for, wait_until,
)

STATUSES = ["SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED", "FAILED"]


def children(parent_id, size):
    jobs = batch.describe_jobs(jobs=[f"{parent_id}:{index}" for index in range(size)])["jobs"]
    assert len(jobs) == size, f"{len(jobs)} of {size} children described"
    return jobs


def statuses(parent_id, size):
    return [job["status"] for job in children(parent_id, size)]


def ids_with(job_status, **selector):
    paginator = batch.get_paginator("list_jobs")
    pages = paginator.paginate(jobStatus=job_status, **selector)
    return [job["jobId"] for page in pages for job in page["jobSummaryList"]]


class Arrays(SlipwayCase):
    def test_an_array_runs_each_child_with_its_index(self):
        parent = run("echo index $AWS_BATCH_JOB_ARRAY_INDEX id $AWS_BATCH_JOB_ID", arrayProperties={"size": 4})
        self.assertEqual(parent["status"], "SUCCEEDED")
        for index, child in enumerate(children(parent["jobId"], 4)):
            child_id = f"{parent['jobId']}:{index}"
            self.assert_members(child, {"jobId": child_id, "status": "SUCCEEDED", "jobArn": arn(f"job/{child_id}"),
                                        "jobName": parent["jobName"], "jobQueue": parent["jobQueue"]})
            self.assertEqual(child["arrayProperties"]["index"], index)
            self.assertEqual(output_of(child), [f"index {index} id {child_id}"])

    def test_a_parent_counts_its_children_by_state(self):
        job_id = submit("sleep 2", arrayProperties={"size": 3})
        going = wait_for(job_id, ["PENDING"])
        self.assertEqual(sorted(going["arrayProperties"]["statusSummary"]), sorted(STATUSES))
        self.assert_absent(going, "stoppedAt")
        summary = wait_for(job_id)["arrayProperties"]
        self.assertEqual(summary["size"], 3)
        self.assertEqual(summary["statusSummary"], {**dict.fromkeys(STATUSES, 0), "SUCCEEDED": 3})
        self.assertIsInstance(summary["statusSummaryLastUpdatedAt"], int)

    def test_a_parent_is_never_in_line_or_running_itself(self):
        job_id = submit("sleep 0.3", arrayProperties={"size": 3})
        seen = [describe(job_id)["status"]]
        wait_until("ended", lambda: seen.append(describe(job_id)["status"]) or seen[-1] in ["SUCCEEDED", "FAILED"])
        self.assertEqual(set(seen) - {"SUBMITTED", "PENDING", "SUCCEEDED"}, set())

    def test_a_parent_has_a_container_but_no_attempts(self):
        parent = run("true", arrayProperties={"size": 2})
        self.assertEqual(parent["attempts"], [])
        self.assertEqual(parent["container"]["image"], "busybox")
        self.assertGreater(parent["stoppedAt"], 0)

    def test_a_failed_child_fails_the_parent_and_leaves_its_siblings(self):
        parent = run("exit $((AWS_BATCH_JOB_ARRAY_INDEX == 1 ? 9 : 0))", arrayProperties={"size": 3})
        self.assert_members(parent, {"status": "FAILED", "statusReason": "Array Child Job failed"})
        self.assertEqual(statuses(parent["jobId"], 3), ["SUCCEEDED", "FAILED", "SUCCEEDED"])
        self.assertEqual(describe(f"{parent['jobId']}:1")["container"]["exitCode"], 9)

    def test_each_child_has_its_own_retries(self):
        script = "exit $((AWS_BATCH_JOB_ARRAY_INDEX == 0 && AWS_BATCH_JOB_ATTEMPT == 1 ? 1 : 0))"
        parent = run(script, arrayProperties={"size": 2}, retryStrategy={"attempts": 2})
        self.assertEqual(parent["status"], "SUCCEEDED")
        self.assertEqual([len(child["attempts"]) for child in children(parent["jobId"], 2)], [2, 1])

    def test_children_are_listed_by_their_parent_only(self):
        parent_id = run("true", arrayProperties={"size": 5})["jobId"]
        expected = [f"{parent_id}:{index}" for index in range(5)]
        self.assertEqual(sorted(ids_with("SUCCEEDED", arrayJobId=parent_id)), expected)
        in_queue = ids_with("SUCCEEDED", jobQueue="default")
        self.assertIn(parent_id, in_queue)
        self.assertEqual([job_id for job_id in in_queue if ":" in job_id], [])

    def test_summaries_tell_parents_by_size_and_children_by_index(self):
        parent_id = run("true", arrayProperties={"size": 2})["jobId"]
        listed = batch.list_jobs(jobQueue="default", jobStatus="SUCCEEDED")["jobSummaryList"]
        (summary,) = [job for job in listed if job["jobId"] == parent_id]
        self.assertEqual(summary["arrayProperties"]["size"], 2)
        of_parent = batch.list_jobs(arrayJobId=parent_id, jobStatus="SUCCEEDED")["jobSummaryList"]
        self.assertEqual(sorted(job["arrayProperties"]["index"] for job in of_parent), [0, 1])

    def test_children_that_are_not_there_are_left_out(self):
        parent_id = submit("true", arrayProperties={"size": 2})
        asked = [f"{parent_id}:1", f"{parent_id}:2", f"{parent_id}:0"]
        self.assertEqual([job["jobId"] for job in batch.describe_jobs(jobs=asked)["jobs"]],
                         [f"{parent_id}:1", f"{parent_id}:0"])

    def test_a_thousand_children_end(self):
        parent_id = submit("true", arrayProperties={"size": 1000})
        counts = wait_for(parent_id, seconds=120)["arrayProperties"]["statusSummary"]
        self.assertEqual(counts["SUCCEEDED"], 1000)
        self.assertEqual(len(set(ids_with("SUCCEEDED", arrayJobId=parent_id))), 1000)


class Dependencies(SlipwayCase):
    def test_a_job_waits_until_the_other_has_succeeded(self):
        first_id = submit("sleep 1")
        second_id = submit("true", dependsOn=[{"jobId": first_id}])
        waiting = wait_for(second_id, ["PENDING"])
        self.assertEqual([entry["jobId"] for entry in waiting["dependsOn"]], [first_id])
        second, first = wait_for(second_id), describe(first_id)
        self.assertEqual((first["status"], second["status"]), ("SUCCEEDED", "SUCCEEDED"))
        self.assertGreaterEqual(second["startedAt"], first["stoppedAt"])

    def test_all_dependencies_must_hold(self):
        ids = [submit("sleep 0.2"), submit("sleep 1"), submit("true")]
        last = run("true", dependsOn=[{"jobId": job_id} for job_id in ids])
        self.assertGreaterEqual(last["startedAt"], max(describe(job_id)["stoppedAt"] for job_id in ids))

    def test_a_failed_dependency_fails_the_whole_chain_behind_it(self):
        first_id = submit("sleep 0.5; exit 1")
        second_id = submit("true", dependsOn=[{"jobId": first_id}])
        third = run("true", dependsOn=[{"jobId": second_id}])
        for job in [describe(second_id), third]:
            self.assert_members(job, {"status": "FAILED", "statusReason": "Dependent Job failed", "attempts": []})
            self.assert_absent(job, "startedAt")
            self.assertGreater(job["stoppedAt"], 0)

    def test_what_has_ended_already_counts_at_once(self):
        succeeded, failed = run("true"), run("exit 1")
        self.assertEqual(run("true", dependsOn=[{"jobId": succeeded["jobId"]}])["status"], "SUCCEEDED")
        after_failure = run("true", dependsOn=[{"jobId": failed["jobId"]}])
        self.assert_members(after_failure, {"status": "FAILED", "statusReason": "Dependent Job failed"})

    def test_a_job_may_wait_for_an_array_and_for_one_child(self):
        array_id = submit("sleep $AWS_BATCH_JOB_ARRAY_INDEX", arrayProperties={"size": 3})
        after_child_id = submit("true", dependsOn=[{"jobId": f"{array_id}:0"}])
        after_array = run("true", dependsOn=[{"jobId": array_id}])
        after_child, array = describe(after_child_id), describe(array_id)
        self.assertEqual((after_child["status"], after_array["status"]), ("SUCCEEDED", "SUCCEEDED"))
        self.assertGreaterEqual(after_array["startedAt"], describe(f"{array_id}:2")["stoppedAt"])
        self.assertGreaterEqual(after_child["startedAt"], describe(f"{array_id}:0")["stoppedAt"])
        self.assertLess(after_child["startedAt"], array["stoppedAt"])

    def test_an_array_may_wait_for_a_job(self):
        first_id = submit("sleep 1")
        array_id = submit("true", arrayProperties={"size": 2}, dependsOn=[{"jobId": first_id}])
        wait_for(array_id)
        first_stopped = describe(first_id)["stoppedAt"]
        for child in children(array_id, 2):
            self.assertEqual(child["status"], "SUCCEEDED")
            self.assertGreaterEqual(child["startedAt"], first_stopped)

    def test_n_to_n_pairs_the_children_of_two_arrays(self):
        script = "sleep $AWS_BATCH_JOB_ARRAY_INDEX; exit $((AWS_BATCH_JOB_ARRAY_INDEX == 1 ? 1 : 0))"
        first_id = submit(script, arrayProperties={"size": 3})
        second_id = submit("true", arrayProperties={"size": 3},
                           dependsOn=[{"jobId": first_id, "type": "N_TO_N"}])
        self.assertEqual(wait_for(second_id)["status"], "FAILED")
        first, second = children(first_id, 3), children(second_id, 3)
        self.assertEqual([job["status"] for job in second], ["SUCCEEDED", "FAILED", "SUCCEEDED"])
        self.assertEqual(second[1]["statusReason"], "Dependent Job failed")
        for index in [0, 2]:
            self.assertGreaterEqual(second[index]["startedAt"], first[index]["stoppedAt"])
        self.assertLess(second[0]["startedAt"], first[2]["stoppedAt"])

    def test_sequential_children_run_one_after_the_other(self):
        parent = run("sleep 0.2", arrayProperties={"size": 4}, dependsOn=[{"type": "SEQUENTIAL"}])
        self.assertEqual(parent["status"], "SUCCEEDED")
        jobs = children(parent["jobId"], 4)
        for earlier, later in zip(jobs, jobs[1:]):
            self.assertGreaterEqual(later["startedAt"], earlier["stoppedAt"])

    def test_a_failed_sequential_child_fails_all_later_ones(self):
        parent = run("exit $((AWS_BATCH_JOB_ARRAY_INDEX == 1 ? 1 : 0))", arrayProperties={"size": 4},
                     dependsOn=[{"type": "SEQUENTIAL"}])
        self.assert_members(parent, {"status": "FAILED", "statusReason": "Array Child Job failed"})
        jobs = children(parent["jobId"], 4)
        self.assertEqual([job["status"] for job in jobs], ["SUCCEEDED", "FAILED", "FAILED", "FAILED"])
        self.assertEqual([job["statusReason"] for job in jobs[2:]], ["Dependent Job failed"] * 2)
        self.assertEqual([len(job["attempts"]) for job in jobs], [1, 1, 0, 0])

    def test_dependencies_cross_queues(self):
        first_id = submit("sleep 0.5", queue=create_queue())
        second = run("true", dependsOn=[{"jobId": first_id}])
        self.assertGreaterEqual(second["startedAt"], describe(first_id)["stoppedAt"])

    def test_a_dependency_must_exist(self):
        definition = register()
        self.refused(lambda: submit(jobDefinition=definition, dependsOn=[
            {"jobId": "00000000-0000-4000-8000-000000000000"}]), "00000000-0000-4000-8000-000000000000")

    def test_n_to_n_needs_two_arrays_of_one_size(self):
        first_id = submit("true", arrayProperties={"size": 2})
        dependency = [{"jobId": first_id, "type": "N_TO_N"}]
        definition = register()
        self.refused(lambda: submit(jobDefinition=definition, dependsOn=dependency))
        self.refused(lambda: submit(jobDefinition=definition, dependsOn=dependency, arrayProperties={"size": 3}))

    def test_sequential_is_for_arrays(self):
        definition = register()
        self.refused(lambda: submit(jobDefinition=definition, dependsOn=[{"type": "SEQUENTIAL"}]))

    def test_twenty_dependencies_are_the_most(self):
        ids = [submit(jobDefinition="shell") for _ in range(21)]
        dependencies = [{"jobId": job_id} for job_id in ids]
        self.refused(lambda: submit(jobDefinition="shell", dependsOn=dependencies), "dependsOn")
        job_id = submit(jobDefinition="shell", dependsOn=dependencies[:20])
        wait_until("all twenty have held", lambda: describe(job_id)["status"] == "SUCCEEDED")


if __name__ == "__main__":
    main()
