import { aConsole, submit } from './a-console.ts';
import { signedIn } from '../local/console/a-visitor.ts';
const c = await aConsole({ vcpus: 64 });
try {
  const v = await signedIn(c.server.endpoint, c.server.consoleLink());
  const id = await submit(c.batch, 'true', { arrayProperties: { size: 10000 } });
  const log = await submit(c.batch, 'yes "a line of about sixty characters, again and again and again" | head -c 1000000000', { jobName: 'big' , arrayProperties: undefined });
  for (let i = 0; i < 6; i++) {
    const row: string[] = [];
    for (const p of [`jobs/${id}/cells`, 'overview', 'jobs?queue=default', `jobs/${id}`]) { const t = performance.now(); const a = await v.get('/_console/' + p); row.push(`${p.replace(id,'ID')} ${(performance.now()-t).toFixed(0)}ms ${a.body.length}B`); }
    console.log(row.join(' | '));
    await new Promise(r => setTimeout(r, 1500));
  }
  await c.batch.terminateJob({ jobId: id, reason: 'enough' });
  for (;;) { const { logs, row } = await v.read<any>('/_console/jobs/' + log); if (row.status === 'SUCCEEDED') { const t = performance.now(); const a = await v.read<any>(`/_console/jobs/${log}/log?task=${logs[0].taskId}`); console.log('log', (performance.now()-t).toFixed(0), 'ms', a.lines.length, a.size); break; } await new Promise(r => setTimeout(r, 300)); }
} finally { await c.stop(); }
