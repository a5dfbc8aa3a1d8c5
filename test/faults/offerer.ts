import { type Job, offer } from './offer.js';

// A process of its own, as its work must not slow down what it measures. One job at a time, told and answered over IPC.
process.on('message', (job: Job) => {
  offer(job).then((result) => process.send!({ result }), (error: unknown) => process.send!({ error: String(error) }));
});
process.on('disconnect', () => { process.exit(0); });
