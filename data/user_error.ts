/**
 * A mistake or a situation that the user can act on: a bad flag, an unreadable file, a full disk.
 * Its message is all that is shown, and the process ends with code 2.
 *
 * Word it "Cannot <act> as <rule>: current value is <x>", and add the ways out.
 */
export class UserError extends Error {
  override readonly name = "UserError";
}
