// A frame of a clip as a small picture.
import { pictureUrl } from '../../api/client';

export const Still = ({ frame }: { frame: string }) => (
  <img src={pictureUrl(frame, 192)} alt="" loading="lazy" decoding="async" />
);
