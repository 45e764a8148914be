class Log {
  readonly lines: string[] = [];
  append(run: string, event: { type: string }): void {
    this.lines.push(run + event.type);
  }
  save(): Promise<void> {
    return Promise.resolve();
  }
}
const log = new Log();
log.append("r", { type: "status" });
void log.save();
