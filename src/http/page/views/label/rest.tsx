// See later.tsx.
import { useKeys } from './keys';
import { Kept, Strip } from './lists';

export { NewCategory } from './newcategory';

/** What lies below the picture; and the keys. */
export function Below() {
  useKeys();
  return (
    <>
      <Kept />
      <Strip />
    </>
  );
}
