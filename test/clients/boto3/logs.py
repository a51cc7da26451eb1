"""What jobs printed, through the CloudWatch Logs API; and their tasks, through the ECS API."""

import time

from slipway_case import (
    JOB_GROUP, REGION, SlipwayCase, ecs, environment, lines_of, logs, main, register, run, shell, submit,
    unique, wait_for, wait_until,
)

NOTHING = "ResourceNotFoundException"


def get(stream, **request):
    return logs.get_log_events(logGroupName=JOB_GROUP, logStreamName=stream, **request)


def messages(answer):
    return [event["message"] for event in answer["events"]]


def numbered(first, last):
    return [f"line {number}" for number in range(first, last + 1)]


def stream_of(script, **request):
    return run(script, **request)["container"]["logStreamName"]


COUNT_TO_25 = 'i=1; while [ $i -le 25 ]; do echo "line $i"; i=$((i + 1)); done'


class GetLogEvents(SlipwayCase):
    def test_reads_forward_from_the_head_until_the_token_repeats(self):
        stream = stream_of(COUNT_TO_25)
        first = get(stream, startFromHead=True, limit=10)
        self.assertEqual(messages(first), numbered(1, 10))
        second = get(stream, startFromHead=True, limit=10, nextToken=first["nextForwardToken"])
        self.assertEqual(messages(second), numbered(11, 20))
        third = get(stream, startFromHead=True, limit=10, nextToken=second["nextForwardToken"])
        self.assertEqual(messages(third), numbered(21, 25))
        end = get(stream, startFromHead=True, limit=10, nextToken=third["nextForwardToken"])
        self.assertEqual(messages(end), [])
        self.assertEqual(end["nextForwardToken"], third["nextForwardToken"])

    def test_reads_backward_from_the_tail_until_the_token_repeats(self):
        stream = stream_of(COUNT_TO_25)
        last = get(stream, startFromHead=False, limit=10)
        self.assertEqual(messages(last), numbered(16, 25))
        middle = get(stream, limit=10, nextToken=last["nextBackwardToken"])
        self.assertEqual(messages(middle), numbered(6, 15))
        head = get(stream, limit=10, nextToken=middle["nextBackwardToken"])
        self.assertEqual(messages(head), numbered(1, 5))
        end = get(stream, limit=10, nextToken=head["nextBackwardToken"])
        self.assertEqual((messages(end), end["nextBackwardToken"]), ([], head["nextBackwardToken"]))

    def test_the_tail_is_the_default(self):
        self.assertEqual(messages(get(stream_of(COUNT_TO_25), limit=2)), numbered(24, 25))

    def test_events_carry_times_in_milliseconds_of_the_jobs_life(self):
        job = run("echo first; sleep 0.3; echo second")
        first, second = get(job["container"]["logStreamName"], startFromHead=True)["events"]
        for event in [first, second]:
            self.assertIsInstance(event["timestamp"], int)
            self.assertGreaterEqual(event["timestamp"], job["createdAt"])
            self.assertLessEqual(event["timestamp"], job["stoppedAt"] + 1000)
            self.assertIsInstance(event["ingestionTime"], int)
        self.assertLess(first["timestamp"], second["timestamp"])

    def test_a_time_range_includes_its_start_and_not_its_end(self):
        stream = stream_of("echo one; sleep 0.3; echo two; sleep 0.3; echo three")
        one, two, three = [event["timestamp"] for event in get(stream, startFromHead=True)["events"]]
        within = get(stream, startTime=two, endTime=three, startFromHead=True)
        self.assertEqual(messages(within), ["two"])
        self.assertEqual(messages(get(stream, endTime=two, startFromHead=True)), ["one"])
        self.assertLess(one, two)

    def test_a_growing_stream_can_be_followed(self):
        job_id = submit("for i in 1 2 3 4; do echo $i; sleep 0.7; done")
        stream = wait_for(job_id, ["RUNNING", "SUCCEEDED"])["container"]["logStreamName"]
        seen, times, answers = [], [], []
        token = {}

        def follow():
            answer = get(stream, startFromHead=True, **token)
            token["nextToken"] = answer["nextForwardToken"]
            seen.extend(messages(answer))
            times.extend(event["timestamp"] for event in answer["events"])
            answers.append(len(answer["events"]))
            return len(seen) >= 4

        wait_until("all lines came", follow)
        self.assertEqual(seen, ["1", "2", "3", "4"])
        self.assertGreater(len([count for count in answers if count > 0]), 1)
        self.assertGreater(times[-1] - times[0], 1000)
        self.assertEqual(wait_for(job_id)["status"], "SUCCEEDED")

    def test_a_long_log_comes_in_pages_of_ten_thousand_lines_or_a_mebibyte(self):
        stream = stream_of("seq 1 25000 | sed 's/^/a line of some length with the number /'")
        seen, token = [], {}
        while True:
            answer = get(stream, startFromHead=True, **token)
            self.assertLessEqual(len(answer["events"]), 10_000)
            self.assertLessEqual(sum(len(message.encode()) + 26 for message in messages(answer)), 1 << 20)
            seen += messages(answer)
            if answer["nextForwardToken"] == token.get("nextToken"):
                break
            token = {"nextToken": answer["nextForwardToken"]}
        self.assertEqual(seen, [f"a line of some length with the number {number}" for number in range(1, 25_001)])

    def test_a_job_that_prints_nothing_has_an_empty_stream(self):
        self.assertEqual(messages(get(stream_of("true"))), [])

    def test_streams_and_groups_that_are_not_there_are_named_so(self):
        self.refused(lambda: get("no/such/stream"), "stream", code=NOTHING)
        self.refused(lambda: logs.get_log_events(logGroupName="/no/group", logStreamName="x"), "group", code=NOTHING)

    def test_a_deleted_stream_is_gone(self):
        stream = stream_of("echo secret")
        logs.delete_log_stream(logGroupName=JOB_GROUP, logStreamName=stream)
        self.refused(lambda: get(stream), code=NOTHING)
        self.refused(lambda: logs.delete_log_stream(logGroupName=JOB_GROUP, logStreamName=stream), code=NOTHING)

    def test_long_lines_and_odd_characters_come_through(self):
        job = run(r"printf 'tab\there %s\n' '✓ ünïcödé \"quoted\"'; head -c 20000 /dev/zero | tr '\0' x; echo")
        first, *rest = lines_of(job["container"]["logStreamName"])
        self.assertEqual(first, 'tab\there ✓ ünïcödé \\"quoted\\"')
        self.assertEqual("".join(rest), "x" * 20000)


class FilterLogEvents(SlipwayCase):
    def test_finds_a_pattern_in_the_streams_named(self):
        streams = [stream_of("echo INFO a; echo ERROR one"), stream_of("echo ERROR two; echo INFO b")]
        found = logs.filter_log_events(logGroupName=JOB_GROUP, logStreamNames=streams, filterPattern="ERROR")
        self.assertEqual([event["message"] for event in found["events"]], ["ERROR one", "ERROR two"])
        self.assertEqual([event["logStreamName"] for event in found["events"]], streams)
        self.assertEqual(len({event["eventId"] for event in found["events"]}), 2)

    def test_finds_streams_by_their_prefix(self):
        name = unique("prefixed")
        definition = register("echo $AWS_BATCH_JOB_ARRAY_INDEX", name=name)
        run(jobDefinition=definition, arrayProperties={"size": 3})
        found = logs.filter_log_events(logGroupName=JOB_GROUP, logStreamNamePrefix=name)
        self.assertEqual(sorted(event["message"] for event in found["events"]), ["0", "1", "2"])

    def test_pages_hold_each_event_once(self):
        stream = stream_of(COUNT_TO_25)
        pages = logs.get_paginator("filter_log_events").paginate(
            logGroupName=JOB_GROUP, logStreamNames=[stream], PaginationConfig={"PageSize": 10})
        self.assertEqual([event["message"] for page in pages for event in page["events"]], numbered(1, 25))

    def test_searches_the_whole_group_within_a_time(self):
        marker = unique("marker")
        before = int(time.time() * 1000) - 1000
        stream = stream_of(f"echo {marker}")
        pages = logs.get_paginator("filter_log_events").paginate(
            logGroupName=JOB_GROUP, startTime=before, filterPattern=f'"{marker}"')
        events = [event for page in pages for event in page["events"]]
        self.assertEqual([event["logStreamName"] for event in events], [stream])


class Describing(SlipwayCase):
    def test_streams_are_described_by_prefix(self):
        name = unique("described")
        job = run(jobDefinition=register("echo a; echo b", name=name))
        (stream,) = logs.describe_log_streams(logGroupName=JOB_GROUP, logStreamNamePrefix=name)["logStreams"]
        self.assertEqual(stream["logStreamName"], job["container"]["logStreamName"])
        self.assertTrue(stream["arn"].endswith(f"log-group:{JOB_GROUP}:log-stream:{stream['logStreamName']}"))
        for member in ["creationTime", "firstEventTimestamp", "lastEventTimestamp", "lastIngestionTime"]:
            self.assertIsInstance(stream[member], int)

    def test_the_latest_stream_comes_first_when_asked(self):
        for _ in range(3):
            stream = stream_of("echo x")
            found = logs.describe_log_streams(logGroupName=JOB_GROUP, orderBy="LastEventTime", descending=True,
                                              limit=1)
            # Another stream of this Region cannot come between: tests of one script run one by one.
            self.assertEqual(found["logStreams"][0]["logStreamName"], stream)

    def test_all_streams_are_paged(self):
        for _ in range(3):
            run("true")
        pages = list(logs.get_paginator("describe_log_streams").paginate(
            logGroupName=JOB_GROUP, PaginationConfig={"PageSize": 2}))
        names = [stream["logStreamName"] for page in pages for stream in page["logStreams"]]
        self.assertGreater(len(pages), 1)
        self.assertEqual(len(names), len(set(names)))
        self.assertEqual(names, sorted(names))

    def test_the_group_of_all_jobs_is_there_from_the_start(self):
        groups = logs.describe_log_groups(logGroupNamePrefix="/aws/batch")["logGroups"]
        self.assertIn(JOB_GROUP, [group["logGroupName"] for group in groups])

    def test_a_definition_may_move_its_log(self):
        group, prefix = f"/own/{unique('group')}", unique("prefix")
        options = {"awslogs-group": group, "awslogs-stream-prefix": prefix, "awslogs-region": REGION}
        properties = shell("echo moved", logConfiguration={"logDriver": "awslogs", "options": options})
        job = run(jobDefinition=register(containerProperties=properties))
        task_id = job["container"]["taskArn"].split("/")[-1]
        self.assertEqual(job["container"]["logStreamName"], f"{prefix}/default/{task_id}")
        self.assertEqual(lines_of(job["container"]["logStreamName"], group), ["moved"])
        self.assertEqual(job["container"]["logConfiguration"]["options"], options)


class Tasks(SlipwayCase):
    def test_a_task_leads_from_its_job_to_the_machine_it_ran_on(self):
        job = run("true")
        task_arn = job["container"]["taskArn"]
        cluster_arn = environment("local")["ecsClusterArn"]
        self.assertEqual(task_arn.split("/")[1], cluster_arn.split("/")[-1])
        answer = ecs.describe_tasks(cluster=cluster_arn, tasks=[task_arn])
        (task,) = answer["tasks"]
        self.assert_members(task, {"taskArn": task_arn, "clusterArn": cluster_arn, "lastStatus": "STOPPED"})
        self.assertEqual(task["containers"][0]["exitCode"], 0)
        machines = ecs.describe_container_instances(
            cluster=cluster_arn, containerInstances=[task["containerInstanceArn"]])["containerInstances"]
        self.assertRegex(machines[0]["ec2InstanceId"], r"^i-[0-9a-f]+$")

    def test_clusters_and_running_tasks_are_listed(self):
        job = wait_for(submit("sleep 5"), ["RUNNING"])
        cluster_arn = environment("local")["ecsClusterArn"]
        self.assertIn(cluster_arn, ecs.list_clusters()["clusterArns"])
        (cluster,) = ecs.describe_clusters(clusters=[cluster_arn])["clusters"]
        self.assert_members(cluster, {"clusterArn": cluster_arn, "status": "ACTIVE"})
        self.assertIn(job["container"]["taskArn"], ecs.list_tasks(cluster=cluster_arn)["taskArns"])


if __name__ == "__main__":
    main()
