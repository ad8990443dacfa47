// What only the fleet's page says, in the language that was chosen.
import { language, type Said } from '../../words';
import { fleet as english } from './en';

export type Fleet = Said<typeof english>;

export const fleet: Fleet = language === 'de' ? await german() : english;

async function german(): Promise<Fleet> {
  try {
    return (await import('./de')).deFleet;
  } catch {
    return english; // it could not be fetched; better English than nothing
  }
}
