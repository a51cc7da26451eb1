// Whether the heat map of an array stays smooth while its children run: frames a second, drawings a second, and the longest time
// that the page did not answer.
// Usage: node test/bench/console-heat-map.ts [children=10000] [seconds=8]
import { aBrowser, aConsole, buildConsole, picture, signIn } from '../console/a-console.ts';

const [children = 10_000, seconds = 8] = process.argv.slice(2).map(Number);
buildConsole();
const browser = await aBrowser();
const served = await aConsole({ vcpus: 64, memoryMiB: 64 * 128 });

/** Counts frames, and those in which the canvas was drawn on: each drawing sets the transform once. */
const COUNT = `
  window.counted = { frames: 0, drawings: 0, longestMs: 0 };
  const { setTransform } = CanvasRenderingContext2D.prototype;
  CanvasRenderingContext2D.prototype.setTransform = function (...args) {
    window.counted.drawings += 1;
    return setTransform.apply(this, args);
  };
  let last = performance.now();
  const frame = () => {
    const now = performance.now();
    window.counted.longestMs = Math.max(window.counted.longestMs, now - last);
    window.counted.frames += 1;
    last = now;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);`;

try {
  const { page } = await signIn(browser, served.server.consoleLink());
  await page.addInitScript(COUNT);
  const { jobId = '' } = await served.batch.submitJob({
    jobName: 'cells',
    jobQueue: 'default',
    jobDefinition: 'shell',
    arrayProperties: { size: children },
    containerOverrides: { command: ['sh', '-c', 'test $((AWS_BATCH_JOB_ARRAY_INDEX % 97)) -ne 5'] },
  });
  await page.goto(`${served.server.endpoint}/#/jobs/${jobId}`);
  await page.reload();
  await page.locator('.heat canvas').waitFor();
  await page.evaluate('window.counted = { frames: 0, drawings: 0, longestMs: 0 }');
  const started = performance.now();
  await page.waitForTimeout(seconds * 1_000);
  const took = (performance.now() - started) / 1000;
  const { frames, drawings, longestMs } = await page.evaluate<{
    frames: number;
    drawings: number;
    longestMs: number;
  }>('window.counted');
  const { jobs: [job] = [] } = await served.batch.describeJobs({ jobs: [jobId] });
  const summary = job?.arrayProperties?.statusSummary ?? {};
  const ended = (summary['SUCCEEDED'] ?? 0) + (summary['FAILED'] ?? 0);
  console.log(
    `${children} cells, ${ended} of them ended meanwhile: ${(frames / took).toFixed(0)} frames/s, ` +
      `${(drawings / took).toFixed(1)} drawings/s, longest frame ${longestMs.toFixed(0)} ms`,
  );
  await picture(page, 'bench-heat-map');
} finally {
  await browser.close();
  await served.stop();
}
