/** How far a film is on its way. */
export interface Told {
  /** Of 0 to 1. */
  share: number;
  text: string;
}
