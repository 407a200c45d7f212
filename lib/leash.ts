/**
 * Ends this process when the one that started it is gone, however it went: a killed start must leave nothing behind that
 * holds its ports. Without a parent that holds the other end it does nothing.
 */
export function endWithParent(stop: () => void): void {
  if (process.connected) process.once('disconnect', stop);
}
