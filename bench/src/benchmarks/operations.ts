/** The operations of Google's services for one image, counted on the wire. */
import type { Benchmark } from '../benchmark.js';
import { measureImage } from '../measure/image-usage.js';

export const benchmark: Benchmark = async (context) => {
  const { traffic: each, listened } = await measureImage(context);
  const figure = (name: string, unit: string, value: number) => ({
    name: `ops.${name}`,
    unit,
    values: [value],
  });
  return [
    figure('reads_per_image', 'reads', each.reads),
    figure('writes_per_image', 'writes', each.writes),
    figure('messages_per_image', 'messages', each.messages),
    figure('downloads_per_image', 'requests', each.downloads),
    figure('other_calls_per_image', 'requests', each.others),
    figure('written_bytes_per_image', 'bytes', each.writtenBytes),
    figure('message_bytes', 'bytes', each.messageBytes / each.messages),
    figure('reads_per_listener_and_image', 'reads', listened),
  ];
};
