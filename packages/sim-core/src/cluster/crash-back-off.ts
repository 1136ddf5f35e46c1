import type { PodState } from "./state.ts";

/** @see kubelet, pkg/kubelet/kubelet.go: containers are backed off from 10 s to MaxContainerBackOff, 300 s */
const FIRST_BACK_OFF_SECONDS = 10;
const LONGEST_BACK_OFF_SECONDS = 300;
/** A container that has lasted longer than this since its start begins anew. @see client-go, util/flowcontrol, hasExpired: 2 × the longest */
const FORGIVEN_AFTER_SECONDS = 2 * LONGEST_BACK_OFF_SECONDS;

type BackedOff = Pick<PodState, "backOffSeconds" | "startedSeconds">;

/**
 * The kubelet starts a container that has ended for the first time at once, and waits 10 s, 20 s, 40 s … up to 300 s after each
 * further end: CrashLoopBackOff. Ten minutes from one start to the next end, and it begins anew; whether the container was ever
 * Ready, and why it ended, does not matter. In life the pause ends with the kubelet's next look at the pod, up to some seconds later.
 * @returns seconds from the container's end to its next start
 * @see kubelet, kuberuntime_manager.go, doBackOff: IsInBackOffSince, then Next
 */
export function nextCrashPause(pod: BackedOff, endedSeconds: number): number {
  const isForgiven = pod.backOffSeconds === 0 || endedSeconds - pod.startedSeconds > FORGIVEN_AFTER_SECONDS;
  const pauseSeconds = isForgiven ? 0 : pod.backOffSeconds;
  pod.backOffSeconds = isForgiven ? FIRST_BACK_OFF_SECONDS : Math.min(LONGEST_BACK_OFF_SECONDS, pod.backOffSeconds * 2);
  pod.startedSeconds = endedSeconds + pauseSeconds;
  return pauseSeconds;
}
