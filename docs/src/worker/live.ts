/** What `work` tells while it goes on, as an iterable, and at its end what it gives: for what reports by callback. */
export async function* live<Event, Result>(
  work: (tell: (event: Event) => void) => Promise<Result>,
): AsyncGenerator<Event, Result, void> {
  const told: Event[] = [];
  let wake = (): void => undefined;
  let ended = false;
  const result = work((event) => {
    told.push(event);
    wake();
  }).finally(() => {
    ended = true;
    wake();
  });
  result.catch(() => undefined); // it is thrown below, when all that was told before is heard
  while (!ended || told.length > 0) {
    const event = told.shift();
    if (event !== undefined) yield event;
    else
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
  }
  return result;
}
