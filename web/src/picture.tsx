import { useEffect, useState } from 'preact/hooks';
import type { Image } from './image.js';
import type { Session } from './session.js';
import { strings } from './strings.js';

/** A thumbnail is stored just after the record that names it. */
const RETRY_MS = 2_000;

interface PictureProps {
  readonly image: Image;
  readonly session: Session;
  /** The other size is shown if the browser cannot read this one: the original can be a HEIC or a TIFF. */
  readonly prefers: 'small' | 'original';
}

/** A picture from the bucket, in a box whose size does not depend on it. */
export function Picture({ image, session, prefers }: PictureProps) {
  const { small, original } = session.pictureUrls(image);
  const urls = prefers === 'small' ? [small, original] : [original, small];
  const [failed, setFailed] = useState<readonly string[]>([]);
  const [isRetried, setIsRetried] = useState(false);
  const isMissing = small !== undefined && failed.includes(small) && !isRetried;
  useEffect(() => {
    if (!isMissing) return undefined;
    const timer = setTimeout(() => {
      setIsRetried(true);
      setFailed((before) => before.filter((each) => each !== small));
    }, RETRY_MS);
    return () => clearTimeout(timer);
  }, [isMissing, small]);
  const url = urls.find((each) => each !== undefined && !failed.includes(each));
  if (url === undefined || image.status === 'deleted')
    return <span class="picture none">{strings.noPicture}</span>;
  return (
    <img
      class="picture"
      src={url}
      alt=""
      loading="lazy"
      decoding="async"
      onError={() => setFailed((before) => [...before, url])}
    />
  );
}
