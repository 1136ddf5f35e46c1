import { existsSync, statSync } from "node:fs";
import { join, posix } from "node:path";
import { ROOT, readText } from "./files.ts";

/** Links of a Markdown file that lead to no file or no heading of the repository. Links to other hosts are not followed. */
export function brokenLinks(path: string, text: string): readonly string[] {
  const faults: string[] = [];
  for (const [, target = ""] of withoutCode(text).matchAll(/\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g)) {
    if (/^[a-z]+:/.test(target)) continue;
    const [file = "", anchor] = target.split("#");
    const resolved = file === "" ? path : posix.join(posix.dirname(path), decodeURIComponent(file));
    if (!existsSync(join(ROOT, resolved))) faults.push(`${path}: ${target} does not exist`);
    else if (anchor !== undefined && !headings(resolved).includes(anchor)) faults.push(`${path}: ${target} has no such heading`);
  }
  return faults;
}

/** Anchors of a document's headings, as code hosts make them. */
export function headings(path: string): readonly string[] {
  if (statSync(join(ROOT, path)).isDirectory()) return [];
  const seen = new Map<string, number>();
  return [...withoutFences(readText(path)).matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)].map(([, title = ""]) => {
    const slug = title
      .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .replace(/\s/g, "-");
    const count = seen.get(slug) ?? 0;
    seen.set(slug, count + 1);
    return count === 0 ? slug : `${slug}-${count}`;
  });
}

function withoutFences(text: string): string {
  return text.replace(/^(```|~~~)[^\n]*\n[\s\S]*?^\1\s*$/gm, "");
}

function withoutCode(text: string): string {
  return withoutFences(text).replace(/`[^`\n]*`/g, "");
}
