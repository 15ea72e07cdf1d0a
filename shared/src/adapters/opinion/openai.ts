/** Chat completions, as OpenAI and many servers offer them: https://platform.openai.com/docs/api-reference/chat/create */
import { z } from 'zod';
import {
  base64Of,
  choicesOf,
  INSTRUCTION,
  MOST_OUTPUT_TOKENS,
  type VisionProtocol,
} from './vision-endpoint.js';

const completion = z.object({
  choices: z.array(z.object({ message: z.object({ content: z.string() }) })).min(1),
  usage: z.object({ prompt_tokens: z.int().min(0), completion_tokens: z.int().min(0) }).optional(),
});

export const OPENAI: VisionProtocol = {
  request: (question, { url, model, key }) => ({
    url: `${url.replace(/\/$/, '')}/chat/completions`,
    headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
    body: JSON.stringify({
      model,
      max_tokens: MOST_OUTPUT_TOKENS,
      temperature: 0,
      messages: [
        { role: 'system', content: INSTRUCTION },
        {
          role: 'user',
          content: [
            { type: 'image_url', image_url: { url: `data:image/webp;base64,${base64Of(question)}` } },
          ],
        },
      ],
      response_format: {
        type: 'json_schema',
        json_schema: {
          name: 'category',
          strict: true,
          schema: {
            type: 'object',
            properties: { category: { type: 'string', enum: choicesOf(question) } },
            required: ['category'],
            additionalProperties: false,
          },
        },
      },
    }),
  }),
  read(answer) {
    const { data } = completion.safeParse(answer);
    const text = data?.choices[0]?.message.content;
    if (data === undefined || text === undefined) return undefined;
    const { prompt_tokens: input = 0, completion_tokens: output = 0 } = data.usage ?? {};
    return { text, use: { input, output } };
  },
};
