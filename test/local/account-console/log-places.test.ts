import { expect, it } from 'vitest';
import type { JobAnswer } from '../../../api/console/wire.ts';
import { logPlacesOf } from '../../../local/account-console/log-places.ts';

function placesOf(logs: JobAnswer['logs'], detail: object): object {
  const answer = { logs, detail } as unknown as JobAnswer; // all that is read of one
  return Object.fromEntries(logPlacesOf(answer, '/aws/batch/job'));
}

const lone = (attempt: number) => ({ attempt, container: 'default', taskId: `t${attempt}` });

it('tells the stream of each attempt, ended or under way', () => {
  expect(
    placesOf([lone(1), lone(2)], {
      attempts: [{ container: { logStreamName: 'shell/default/one' } }],
      container: { logStreamName: 'shell/default/two' },
    }),
  ).toEqual({
    t1: { logGroup: '/aws/batch/job', logStream: 'shell/default/one' },
    t2: { logGroup: '/aws/batch/job', logStream: 'shell/default/two' },
  });
});

it('has no place for what has not started', () => {
  expect(placesOf([lone(1)], { attempts: [], container: {} })).toEqual({});
});

it('takes the group that the definition names', () => {
  const logConfiguration = { options: { 'awslogs-group': '/mine' } };
  expect(placesOf([lone(1)], { attempts: [], container: { logConfiguration, logStreamName: 's' } })).toEqual({
    t1: { logGroup: '/mine', logStream: 's' },
  });
});

it('finds each of several containers by its name', () => {
  const logConfiguration = { options: { 'awslogs-group': '/proxies' } };
  const detail = {
    container: {},
    ecsProperties: {
      taskProperties: [
        {
          containers: [
            { name: 'main', logStreamName: 'm2' },
            { name: 'proxy', logStreamName: 'p2', logConfiguration },
          ],
        },
      ],
    },
    attempts: [
      {
        taskProperties: [
          {
            containers: [
              { name: 'main', logStreamName: 'm1' },
              { name: 'proxy', logStreamName: 'p1' },
            ],
          },
        ],
      },
    ],
  };
  const logs = [1, 2].flatMap((attempt) =>
    ['main', 'proxy'].map((container) => ({ attempt, container, taskId: `${container}${attempt}` })),
  );
  expect(placesOf(logs, detail)).toEqual({
    main1: { logGroup: '/aws/batch/job', logStream: 'm1' },
    proxy1: { logGroup: '/proxies', logStream: 'p1' },
    main2: { logGroup: '/aws/batch/job', logStream: 'm2' },
    proxy2: { logGroup: '/proxies', logStream: 'p2' },
  });
});
