/** Something that the person at the terminal can put right; the message is one line in Chinese with the remedy. */
export class OperationError extends Error {
  override readonly name = 'OperationError';
}
