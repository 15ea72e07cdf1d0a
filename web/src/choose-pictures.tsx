import { strings } from './strings.js';

interface ChoosePicturesProps {
  /** All files of a folder, in place of pictures. */
  readonly isFolder?: boolean;
  onChoose(files: readonly File[]): unknown;
}

/** A button that opens the pictures of the device, or its folders. */
export function ChoosePictures({ isFolder = false, onChoose }: ChoosePicturesProps) {
  return (
    <label class={`choose ${isFolder ? 'folder' : ''}`}>
      {isFolder ? (
        <svg viewBox="0 0 16 16" aria-hidden="true">
          <path d="M1 3h5l2 2h7v8H1z" />
        </svg>
      ) : (
        <span aria-hidden="true">+</span>
      )}{' '}
      <span class="words">{isFolder ? strings.chooseFolder : strings.choose}</span>
      <input
        type="file"
        class="unseen"
        {...(isFolder ? { webkitdirectory: true } : { accept: 'image/*' })}
        multiple
        onChange={({ currentTarget }) => {
          void onChoose([...(currentTarget.files ?? [])]);
          currentTarget.value = '';
        }}
      />
    </label>
  );
}
