/** Sends a signal to a program that leads a group, and to all it has started; nothing happens when it is gone. */
export function signalGroup(pid: number | undefined, signal: "SIGTERM" | "SIGKILL"): void {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === "win32" ? pid : -pid, signal);
  } catch {
    // gone already
  }
}
