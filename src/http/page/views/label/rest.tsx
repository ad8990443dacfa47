// See later.tsx.
import { About } from './about';
import { Find } from './find';
import { useKeys } from './keys';
import { Kept, Strip } from './lists';
import { empty } from './state';

export { Asked } from './asked';
export { AsExample } from './example';
export { Goals } from './goals';
export { NewCategory } from './newcategory';

/** What lies below the picture, or over it when it is asked for; and the keys. */
export function Below() {
  useKeys();
  return (
    <>
      {!empty.value && <About />}
      <Find />
      <Kept />
      <Strip />
    </>
  );
}
