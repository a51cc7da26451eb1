"""ListJobs with its filters and pages, and the limits of DescribeJobs."""

import time
import uuid

from slipway_case import (
    SlipwayCase, arn, batch, blocked_queue, create_queue, describe, main, register, run, submit, unique,
    wait_for,
)


def listed(queue, **request):
    pages = batch.get_paginator("list_jobs").paginate(jobQueue=queue, **request)
    return [job for page in pages for job in page["jobSummaryList"]]


def ids(jobs):
    return [job["jobId"] for job in jobs]


def filtered(queue, name, *values, **request):
    return listed(queue, filters=[{"name": name, "values": list(values)}], **request)


class ByStatus(SlipwayCase):
    def test_running_is_the_default(self):
        queue = create_queue()
        running_id = submit("sleep 5", queue=queue)
        ended_id = run("true", queue=queue)["jobId"]
        wait_for(running_id, ["RUNNING"])
        self.assertEqual(ids(listed(queue)), [running_id])
        self.assertEqual(ids(listed(queue, jobStatus="SUCCEEDED")), [ended_id])
        self.assertEqual(ids(listed(queue, jobStatus="FAILED")), [])

    def test_every_status_can_be_asked_for(self):
        queue = blocked_queue()
        in_line_id = submit("true", queue=queue)
        waiting_id = submit("true", queue=queue, dependsOn=[{"jobId": in_line_id}])
        wait_for(in_line_id, ["RUNNABLE"])
        wait_for(waiting_id, ["PENDING"])
        found = {status: ids(listed(queue, jobStatus=status)) for status in
                 ["SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED", "FAILED"]}
        self.assertEqual(found, {"SUBMITTED": [], "PENDING": [waiting_id], "RUNNABLE": [in_line_id], "STARTING": [],
                                 "RUNNING": [], "SUCCEEDED": [], "FAILED": []})

    def test_a_summary_says_what_a_dashboard_needs(self):
        queue = create_queue()
        definition = register("exit 3")
        job = run(queue=queue, jobDefinition=definition, jobName="summary")
        (summary,) = listed(queue, jobStatus="FAILED")
        self.assert_members(summary, {
            "jobArn": job["jobArn"], "jobId": job["jobId"], "jobName": "summary", "status": "FAILED",
            "statusReason": "Essential container in task exited", "jobDefinition": definition,
            "createdAt": job["createdAt"], "startedAt": job["startedAt"], "stoppedAt": job["stoppedAt"],
        })
        self.assertEqual(summary["container"]["exitCode"], 3)

    def test_a_queue_is_named_by_name_or_arn(self):
        queue = create_queue()
        job_id = run("true", queue=arn(f"job-queue/{queue}"))["jobId"]
        for reference in [queue, arn(f"job-queue/{queue}")]:
            self.assertEqual(ids(listed(reference, jobStatus="SUCCEEDED")), [job_id])

    def test_exactly_one_selector_is_needed(self):
        self.refused(lambda: batch.list_jobs())
        self.refused(lambda: batch.list_jobs(jobQueue="default", arrayJobId=str(uuid.uuid4())))


class Filters(SlipwayCase):
    @classmethod
    def setUpClass(cls):
        cls.queue = create_queue()
        cls.definition_name = unique("Filtered")
        cls.definition = register("true", name=cls.definition_name)
        cls.second_revision = register("exit 1", name=cls.definition_name)
        names = ["alpha-1", "Alpha-2", "beta", "alphabet"]
        cls.jobs = []
        for name in names:
            revision = cls.second_revision if name == "beta" else cls.definition
            cls.jobs.append(run(queue=cls.queue, jobName=name, jobDefinition=revision))
            time.sleep(0.01)  # so that no two were created in one millisecond
        cls.ids = {job["jobName"]: job["jobId"] for job in cls.jobs}

    def named(self, *names):
        return [self.ids[name] for name in names]

    def test_job_name_ignores_case_and_status(self):
        self.assertEqual(ids(filtered(self.queue, "JOB_NAME", "ALPHA-2")), self.named("Alpha-2"))
        self.assertEqual(ids(filtered(self.queue, "JOB_NAME", "Beta", jobStatus="SUCCEEDED")), self.named("beta"))

    def test_job_name_may_be_a_prefix_and_the_newest_come_first(self):
        self.assertEqual(ids(filtered(self.queue, "JOB_NAME", "alpha*")), self.named("alphabet", "Alpha-2", "alpha-1"))

    def test_job_definition_is_a_name_a_prefix_or_an_arn(self):
        everyone = self.named("alphabet", "beta", "Alpha-2", "alpha-1")
        self.assertEqual(ids(filtered(self.queue, "JOB_DEFINITION", self.definition_name)), everyone)
        self.assertEqual(ids(filtered(self.queue, "JOB_DEFINITION", self.definition_name[:5] + "*")), everyone)
        self.assertEqual(ids(filtered(self.queue, "JOB_DEFINITION", self.second_revision)), self.named("beta"))
        self.assertEqual(ids(filtered(self.queue, "JOB_DEFINITION", self.definition_name.lower())), [])

    def test_times_are_bounds_that_leave_themselves_out(self):
        times = {job["jobName"]: str(job["createdAt"]) for job in self.jobs}
        self.assertEqual(ids(filtered(self.queue, "AFTER_CREATED_AT", times["Alpha-2"])), self.named("alphabet", "beta"))
        self.assertEqual(ids(filtered(self.queue, "BEFORE_CREATED_AT", times["Alpha-2"])), self.named("alpha-1"))

    def test_filters_page_too(self):
        paging = {"PageSize": 1}
        pages = list(batch.get_paginator("list_jobs").paginate(
            jobQueue=self.queue, filters=[{"name": "JOB_NAME", "values": ["alpha*"]}], PaginationConfig=paging))
        self.assertGreaterEqual(len(pages), 3)
        found = [job["jobId"] for page in pages for job in page["jobSummaryList"]]
        self.assertEqual(found, self.named("alphabet", "Alpha-2", "alpha-1"))

    def test_one_known_filter_at_a_time(self):
        name = {"name": "JOB_NAME", "values": ["a"]}
        definition = {"name": "JOB_DEFINITION", "values": ["a"]}
        for filters in [[name, definition], [{"name": "job_name", "values": ["a"]}],
                        [{"name": "AFTER_CREATED_AT", "values": ["yesterday"]}]]:
            self.refused(lambda: batch.list_jobs(jobQueue=self.queue, filters=filters))


class Pages(SlipwayCase):
    @classmethod
    def setUpClass(cls):
        cls.queue = create_queue()
        parent_id = submit(jobDefinition="shell", queue=cls.queue, arrayProperties={"size": 12})
        cls.parent_id = wait_for(parent_id)["jobId"]
        cls.ids = {submit(jobDefinition="shell", queue=cls.queue) for _ in range(7)}
        for job_id in cls.ids:
            wait_for(job_id)
        cls.ids.add(parent_id)

    def paged(self, paging, **selector):
        return batch.get_paginator("list_jobs").paginate(
            jobStatus="SUCCEEDED", PaginationConfig=paging, **(selector or {"jobQueue": self.queue}))

    def test_a_paginator_sees_each_job_once(self):
        pages = list(self.paged({"PageSize": 3}))
        self.assertTrue(all(len(page["jobSummaryList"]) <= 3 for page in pages))
        found = [job["jobId"] for page in pages for job in page["jobSummaryList"]]
        self.assertEqual(len(found), len(set(found)))
        self.assertEqual(set(found), self.ids)
        self.assertNotIn("nextToken", pages[-1])

    def test_a_paginator_sees_each_child_once(self):
        pages = list(self.paged({"PageSize": 5}, arrayJobId=self.parent_id))
        found = [job["jobId"] for page in pages for job in page["jobSummaryList"]]
        self.assertEqual(sorted(found), sorted(f"{self.parent_id}:{index}" for index in range(12)))

    def test_a_paginator_can_stop_and_go_on(self):
        first = self.paged({"PageSize": 3, "MaxItems": 4}).build_full_result()
        rest = self.paged({"PageSize": 3, "StartingToken": first["NextToken"]}).build_full_result()
        found = ids(first["jobSummaryList"] + rest["jobSummaryList"])
        self.assertEqual(len(first["jobSummaryList"]), 4)
        self.assertEqual((len(found), set(found)), (8, self.ids))

    def test_a_token_from_elsewhere_is_refused(self):
        token = batch.list_jobs(jobQueue=self.queue, jobStatus="SUCCEEDED", maxResults=2)["nextToken"]
        self.refused(lambda: batch.list_jobs(jobQueue=self.queue, jobStatus="SUCCEEDED", nextToken="made-up"))
        self.refused(lambda: batch.describe_job_queues(nextToken=token))

    def test_pages_have_a_largest_size(self):
        for maximum in [0, 1001]:
            self.refused(lambda: batch.list_jobs(jobQueue=self.queue, maxResults=maximum), "maxResults")
        some = [{"name": "JOB_NAME", "values": ["*"]}]
        self.refused(lambda: batch.list_jobs(jobQueue=self.queue, filters=some, maxResults=101), "maxResults")
        for describe_page in [batch.describe_job_queues, batch.describe_compute_environments,
                              batch.describe_job_definitions]:
            self.refused(lambda: describe_page(maxResults=101), "maxResults")


class DescribeJobs(SlipwayCase):
    def test_a_hundred_ids_are_the_most(self):
        made_up = [str(uuid.uuid4()) for _ in range(101)]
        self.refused(lambda: batch.describe_jobs(jobs=made_up), "Maximum number of jobs supported is  100 .")
        self.assertEqual(batch.describe_jobs(jobs=made_up[:100])["jobs"], [])

    def test_unknown_and_odd_ids_are_left_out(self):
        job_id = run("true")["jobId"]
        asked = ["a" * 32, str(uuid.uuid4()), job_id, f"{job_id}:0", f"{job_id}#0"]
        self.assertEqual(ids(batch.describe_jobs(jobs=asked)["jobs"]), [job_id])

    def test_an_unknown_status_is_refused(self):
        self.refused(lambda: batch.list_jobs(jobQueue="default", jobStatus="DONE"), "jobStatus")

    def test_jobs_come_in_the_order_asked_for(self):
        asked = [submit(jobDefinition="shell") for _ in range(10)]
        shuffled = sorted(asked)
        self.assertEqual(ids(batch.describe_jobs(jobs=shuffled)["jobs"]), shuffled)
        self.assertEqual(describe(asked[0])["jobId"], asked[0])


if __name__ == "__main__":
    main()
