// An error that is the user's to mend: shown as one sentence, without a stack.

export class UserError extends Error {}
