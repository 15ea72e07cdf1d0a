import { strings } from './strings.js';

/** A button that opens the pictures of the device. */
export function ChoosePictures({ onChoose }: { onChoose: (files: readonly File[]) => unknown }) {
  return (
    <label class="choose">
      <span aria-hidden="true">+</span> <span class="words">{strings.choose}</span>
      <input
        type="file"
        class="unseen"
        accept="image/*"
        multiple
        onChange={({ currentTarget }) => {
          void onChoose([...(currentTarget.files ?? [])]);
          currentTarget.value = '';
        }}
      />
    </label>
  );
}
