/** Chat completions, as OpenAI and many servers offer them: https://platform.openai.com/docs/api-reference/chat/create */
import { z } from 'zod';
import type { ChatProtocol, ChatQuestion } from './chat-endpoint.js';

const completion = z.object({
  choices: z.array(z.object({ message: z.object({ content: z.string() }) })).min(1),
  usage: z.object({ prompt_tokens: z.int().min(0), completion_tokens: z.int().min(0) }).optional(),
});

export const OPENAI: ChatProtocol = {
  request: (question, { url, model, key }) => ({
    url: `${url.replace(/\/$/, '')}/chat/completions`,
    headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
    body: JSON.stringify({
      model,
      max_tokens: question.mostOutputTokens,
      temperature: 0,
      messages: [
        { role: 'system', content: question.instruction },
        { role: 'user', content: [partOf(question)] },
      ],
      response_format: {
        type: 'json_schema',
        json_schema: { ...question.answer, strict: true },
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

function partOf({ content }: ChatQuestion) {
  if ('text' in content) return { type: 'text', text: content.text };
  return { type: 'image_url', image_url: { url: `data:image/webp;base64,${content.webp}` } };
}
