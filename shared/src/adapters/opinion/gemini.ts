/** The Gemini API: https://ai.google.dev/api/generate-content. One request needs no client library. */
import { z } from 'zod';
import type { ChatProtocol, ChatQuestion } from './chat-endpoint.js';

const generated = z.object({
  candidates: z
    .array(z.object({ content: z.object({ parts: z.array(z.object({ text: z.string() })).min(1) }) }))
    .min(1),
  usageMetadata: z
    .object({ promptTokenCount: z.int().min(0), candidatesTokenCount: z.int().min(0).default(0) })
    .optional(),
});

export const GEMINI: ChatProtocol = {
  request: (question, { url, model, key }) => ({
    url: `${url.replace(/\/$/, '')}/models/${encodeURIComponent(model)}:generateContent`,
    headers: key === undefined ? {} : { 'x-goog-api-key': key },
    body: JSON.stringify({
      systemInstruction: { parts: [{ text: question.instruction }] },
      contents: [{ role: 'user', parts: [partOf(question)] }],
      generationConfig: {
        temperature: 0,
        maxOutputTokens: question.mostOutputTokens,
        responseMimeType: 'application/json',
        responseSchema: schemaOf(question),
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

function partOf({ content }: ChatQuestion) {
  if ('text' in content) return content;
  return { inlineData: { mimeType: 'image/webp', data: content.webp } };
}

/** The API takes a part of JSON Schema, with types in upper case: https://ai.google.dev/api/caching#Schema */
function schemaOf({ answer }: ChatQuestion): unknown {
  const inUpperCase = (key: string, value: unknown) => {
    if (key === 'additionalProperties') return undefined;
    return key === 'type' && typeof value === 'string' ? value.toUpperCase() : value;
  };
  return JSON.parse(JSON.stringify(answer.schema, inUpperCase));
}
