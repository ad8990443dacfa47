// A frame as a small picture in a list.
import { useLayoutEffect, useRef } from 'preact/hooks';
import { pictureUrl } from '../api/client';

export function Small({ frame }: { frame: string }) {
  const image = useRef<HTMLImageElement>(null);
  useLayoutEffect(() => {
    const own = image.current;
    // A browser goes on loading what was scrolled past, and what is wanted by then waits behind it.
    return () => own?.removeAttribute('src');
  }, []);
  return <img ref={image} src={pictureUrl(frame, 192)} alt="" loading="lazy" decoding="async" />;
}
