/**
 * ONNX Runtime, which is told to keep to itself: from 1.29 on its builds report sessions, model names and hashes to
 * Microsoft unless this is set before its first session, keep a database below `~/.cache` and leave a file in `/tmp` for
 * each process (https://github.com/microsoft/onnxruntime/pull/27379).
 */
process.env['ORT_DISABLE_TELEMETRY'] = '1';

export { InferenceSession, Tensor } from 'onnxruntime-node';
