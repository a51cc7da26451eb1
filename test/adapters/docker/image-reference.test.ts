import { expect, it } from 'vitest';
import { parseImageReference } from '../../../adapters/docker/image-reference.ts';

const HUB = 'https://index.docker.io/v1/';

it.each([
  ['busybox', 'busybox', 'latest', HUB],
  ['busybox:1.36', 'busybox', '1.36', HUB],
  ['library/busybox', 'library/busybox', 'latest', HUB],
  ['docker.io/library/busybox:1', 'docker.io/library/busybox', '1', HUB],
  ['localhost:5000/a/b', 'localhost:5000/a/b', 'latest', 'localhost:5000'],
  ['localhost/a:2', 'localhost/a', '2', 'localhost'],
  [
    '1.dkr.ecr.us-east-1.amazonaws.com/r:t',
    '1.dkr.ecr.us-east-1.amazonaws.com/r',
    't',
    '1.dkr.ecr.us-east-1.amazonaws.com',
  ],
  ['r@sha256:abc', 'r', 'sha256:abc', HUB],
  ['host:1/r:t@sha256:abc', 'host:1/r', 'sha256:abc', 'host:1'],
])('reads %s', (image, repository, tag, registry) => {
  expect(parseImageReference(image)).toEqual({ repository, tag, registry });
});
