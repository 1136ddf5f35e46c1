// The monthly cost equation on its own: what one term costs, and what moving it would save.
import { monthlyCost } from "@replicast/sim-core";

const today = {
  averageConcurrentReplicas: 3,
  gpuPricePerHourUsd: 12, // all four GPUs of a replica at $3
  scaleUpEvents: 900, // a month
  modelLoadHours: 0.1, // six minutes from the first billed second to Ready
  overprovisioningBuffer: 1,
};

const show = (name: string, usd: number): void => console.log(`${name.padEnd(32)} $${usd.toFixed(0)}`);
show("today", monthlyCost(today).totalUsd);
show("loading in one minute", monthlyCost({ ...today, modelLoadHours: 1 / 60 }).totalUsd);
show("half the buffer", monthlyCost({ ...today, overprovisioningBuffer: 0.5 }).totalUsd);
