// See later.tsx.
import { About } from './about';
import { Asked } from './asked';
import { Nothing, Saved } from './done';
import { Find } from './find';
import { Goals } from './goals';
import { Hand } from './hand';
import { useKeys } from './keys';
import { Kept, Strip } from './lists';
import { NewCategory } from './newcategory';
import { empty } from './state';

/** What lies below the picture, or over it when it is asked for; and the keys. */
function Below() {
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

export const labelRest = { Goals, Asked, NewCategory, Hand, Nothing, Saved, Below };
