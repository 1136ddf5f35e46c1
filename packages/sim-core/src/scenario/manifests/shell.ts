/** Values of variables, by name. */
export type Variables = ReadonlyMap<string, string>;

const NAME = /[A-Za-z_]\w*/y;
const ASSIGNMENT = /^([A-Za-z_]\w*)=([\s\S]*)$/;

/**
 * Replaces `$(NAME)` as the kubelet does, in commands, arguments and variables: names it does not know stay as they are, `$$` is a
 * dollar sign.
 * @see Kubernetes third_party/forked/golang/expansion
 */
export function expandReferences(text: string, variables: Variables): string {
  return text.replaceAll(/\$\$|\$\(([^()\s]+)\)/g, (whole, name: string | undefined) =>
    name === undefined ? "$" : (variables.get(name) ?? whole),
  );
}

/**
 * The commands of a shell script as lists of words: quotes, escapes, continued lines, comments and variables are resolved, operators end
 * a command. Good for scripts that start one server; loops, functions and here-documents are read as if they were plain commands.
 * A variable that nobody sets stays in the text, as `$NAME`.
 */
export function shellCommands(script: string, variables: Variables): readonly (readonly string[])[] {
  return new ShellReader(script, variables).read();
}

class ShellReader {
  readonly #text: string;
  readonly #variables: Map<string, string>;
  readonly #commands: string[][] = [];
  #words: string[] = [];
  #word: string | undefined;
  #at = 0;

  constructor(text: string, variables: Variables) {
    this.#text = text;
    this.#variables = new Map(variables);
  }

  read(): readonly (readonly string[])[] {
    while (this.#at < this.#text.length) this.#step(this.#text[this.#at] as string);
    this.#endCommand();
    return this.#commands;
  }

  #step(letter: string): void {
    if (letter === "\\") this.#escape();
    else if (letter === "'") this.#singleQuoted();
    else if (letter === '"') this.#doubleQuoted();
    else if (letter === "$") this.#splitInto(this.#expansion());
    else if (letter === "#" && this.#word === undefined) this.#comment();
    else if (letter === "\n" || letter === ";" || letter === "|" || letter === "&" || letter === "(" || letter === ")") {
      this.#at++;
      this.#endCommand();
    } else if (letter === " " || letter === "\t" || letter === "\r") {
      this.#at++;
      this.#endWord();
    } else {
      this.#at++;
      this.#append(letter);
    }
  }

  /** A backslash at the end of a line continues it; else it makes the next letter plain. */
  #escape(): void {
    const next = this.#text[this.#at + 1];
    this.#at += 2;
    if (next === undefined || next === "\n") return;
    if (next === "\r" && this.#text[this.#at] === "\n") this.#at++;
    else this.#append(next);
  }

  #singleQuoted(): void {
    const end = this.#text.indexOf("'", this.#at + 1);
    const stop = end < 0 ? this.#text.length : end;
    this.#append(this.#text.slice(this.#at + 1, stop));
    this.#at = stop + 1;
  }

  #doubleQuoted(): void {
    this.#at++;
    this.#append("");
    while (this.#at < this.#text.length && this.#text[this.#at] !== '"') {
      const letter = this.#text[this.#at] as string;
      const next = this.#text[this.#at + 1];
      if (letter === "$") this.#append(this.#expansion());
      else if (letter === "\\" && next !== undefined && '"\\$`\n'.includes(next)) {
        if (next !== "\n") this.#append(next);
        this.#at += 2;
      } else {
        this.#append(letter);
        this.#at++;
      }
    }
    this.#at++;
  }

  /** What stands for `$…` here; moves behind it. */
  #expansion(): string {
    const start = this.#at;
    if (this.#text[start + 1] === "(") return this.#substitution(start);
    if (this.#text[start + 1] === "{") return this.#braced(start);
    NAME.lastIndex = start + 1;
    const name = NAME.exec(this.#text)?.[0];
    this.#at = start + 1 + (name?.length ?? 0);
    return name === undefined ? "$" : (this.#variables.get(name) ?? `$${name}`);
  }

  /** The output of a command is not known: it stays as written. */
  #substitution(start: number): string {
    let depth = 0;
    let end = start + 1;
    for (; end < this.#text.length; end++) {
      if (this.#text[end] === "(") depth++;
      if (this.#text[end] === ")" && --depth === 0) break;
    }
    this.#at = end + 1;
    return this.#text.slice(start, end + 1);
  }

  /** `${NAME}`, `${NAME:-default}` and `${NAME:=default}`. */
  #braced(start: number): string {
    const end = this.#text.indexOf("}", start);
    const stop = end < 0 ? this.#text.length : end;
    this.#at = stop + 1;
    const whole = this.#text.slice(start, stop + 1);
    const parts = /^\$\{([A-Za-z_]\w*)(?::?[-=]([^}]*))?\}$/.exec(whole);
    return parts === null ? whole : (this.#variables.get(parts[1] as string) ?? parts[2] ?? whole);
  }

  #comment(): void {
    const end = this.#text.indexOf("\n", this.#at);
    this.#at = end < 0 ? this.#text.length : end;
  }

  /** What a variable stands for outside quotes is split into words. */
  #splitInto(text: string): void {
    if (text.startsWith("$(")) {
      this.#append(text);
      return;
    }
    text.split(/\s+/).forEach((piece, index) => {
      if (index > 0) this.#endWord();
      if (piece !== "") this.#append(piece);
    });
  }

  #append(text: string): void {
    this.#word = (this.#word ?? "") + text;
  }

  /** Assignments stand before a command, or by themselves; what comes later sees them. */
  #endWord(): void {
    const word = this.#word;
    this.#word = undefined;
    if (word === undefined) return;
    const assignment = this.#words.every((before) => before === "export") ? ASSIGNMENT.exec(word) : null;
    if (assignment === null) this.#words.push(word);
    else this.#variables.set(assignment[1] as string, assignment[2] as string);
  }

  #endCommand(): void {
    this.#endWord();
    if (this.#words.length > 0 && this.#words[0] !== "export") this.#commands.push(this.#words);
    this.#words = [];
  }
}
