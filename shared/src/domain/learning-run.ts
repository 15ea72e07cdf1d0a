/** Why nothing was learned. */
export type LessonFault = 'too-few' | 'one-label' | 'contradicting';
