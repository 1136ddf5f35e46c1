import { randomUUID } from "node:crypto";
import { closeSync, linkSync, openSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { InputError } from "replicast";

const NAME = ".lock";
/** Takers of one dead lock that may get in each other's way before one gives up. */
const TRIES = 5;

interface Owner {
  readonly pid: number;
  readonly host: string;
  readonly token: string;
}

/**
 * Takes a folder for this process. The lock of a process that is gone is taken over; one of another machine never is, as nobody here can
 * tell whether it runs.
 *
 * @param label what the user calls the folder
 * @returns gives the folder back
 * @throws InputError `sweep_locked`
 */
export function lockFolder(folder: string, label: string): () => void {
  const path = join(folder, NAME);
  const own: Owner = { pid: process.pid, host: hostname(), token: randomUUID() };
  for (let attempt = 0; attempt < TRIES; attempt++) {
    if (create(path, own)) return () => release(path, own);
    const owner = read(path);
    if (owner !== undefined && !isGone(owner)) throw locked(label, owner);
    removeDead(path, owner, own.token);
  }
  throw locked(label, read(path));
}

function create(path: string, own: Owner): boolean {
  let file: number;
  try {
    file = openSync(path, "wx");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
  writeSync(file, JSON.stringify(own));
  closeSync(file);
  return true;
}

/** Undefined: it is gone, or was cut short. */
function read(path: string): Owner | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Owner;
  } catch {
    return undefined;
  }
}

function isGone({ pid, host }: Owner): boolean {
  if (host !== hostname()) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}

/** Moves the lock aside first: of two takers one gets it, and whoever finds that he took a living one puts it back. */
function removeDead(path: string, seen: Owner | undefined, token: string): void {
  const aside = `${path}-${token}`;
  try {
    renameSync(path, aside);
  } catch {
    return; // another taker was first
  }
  if (read(aside)?.token !== seen?.token) {
    try {
      linkSync(aside, path);
    } catch {
      // a third one holds it already
    }
  }
  rmSync(aside, { force: true });
}

function release(path: string, own: Owner): void {
  if (read(path)?.token === own.token) rmSync(path, { force: true });
}

function locked(label: string, owner: Owner | undefined): InputError {
  return new InputError([
    { code: "sweep_locked", path: [], file: label, data: { pid: owner?.pid ?? 0, host: owner?.host ?? "", file: join(label, NAME) } },
  ]);
}
