import { useState } from 'preact/hooks';
import type { Image } from './image.js';
import { pictureUrl, type Settings } from './settings.js';
import { strings } from './strings.js';

/** A picture from the bucket, in a box whose size does not depend on it. */
export function Picture({ image, settings }: { image: Image; settings: Settings }) {
  const url = pictureUrl(settings, image);
  const [failedUrl, setFailedUrl] = useState('');
  if (failedUrl === url || image.status === 'deleted')
    return <span class="picture none">{strings.noPicture}</span>;
  return (
    <img class="picture" src={url} alt="" loading="lazy" decoding="async" onError={() => setFailedUrl(url)} />
  );
}
