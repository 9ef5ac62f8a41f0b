/** A span of time in words: `41s`, `12m 5s`, `3h 20m`. */
export function formatDuration(seconds: number): string {
  const whole = Math.round(seconds);
  return new Intl.DurationFormat("en", {
    style: "narrow",
    secondsDisplay: whole < 3600 ? "always" : "auto",
  }).format({
    hours: Math.floor(whole / 3600),
    minutes: Math.floor(whole / 60) % 60,
    seconds: whole < 3600 ? whole % 60 : 0,
  });
}
