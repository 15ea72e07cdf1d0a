/** The Gemini API: https://ai.google.dev/api/generate-content. One request needs no client library. */
import { z } from 'zod';
import {
  base64Of,
  choicesOf,
  INSTRUCTION,
  MOST_OUTPUT_TOKENS,
  type VisionProtocol,
} from './vision-endpoint.js';

const generated = z.object({
  candidates: z
    .array(z.object({ content: z.object({ parts: z.array(z.object({ text: z.string() })).min(1) }) }))
    .min(1),
  usageMetadata: z
    .object({ promptTokenCount: z.int().min(0), candidatesTokenCount: z.int().min(0).default(0) })
    .optional(),
});

export const GEMINI: VisionProtocol = {
  request: (question, { url, model, key }) => ({
    url: `${url.replace(/\/$/, '')}/models/${encodeURIComponent(model)}:generateContent`,
    headers: key === undefined ? {} : { 'x-goog-api-key': key },
    body: JSON.stringify({
      systemInstruction: { parts: [{ text: INSTRUCTION }] },
      contents: [
        { role: 'user', parts: [{ inlineData: { mimeType: 'image/webp', data: base64Of(question) } }] },
      ],
      generationConfig: {
        temperature: 0,
        maxOutputTokens: MOST_OUTPUT_TOKENS,
        responseMimeType: 'application/json',
        responseSchema: {
          type: 'OBJECT',
          properties: { category: { type: 'STRING', enum: choicesOf(question) } },
          required: ['category'],
        },
      },
    }),
  }),
  read(answer) {
    const { data } = generated.safeParse(answer);
    const parts = data?.candidates[0]?.content.parts;
    if (data === undefined || parts === undefined) return undefined;
    const { promptTokenCount: input = 0, candidatesTokenCount: output = 0 } = data.usageMetadata ?? {};
    return { text: parts.map(({ text }) => text).join(''), use: { input, output } };
  },
};
