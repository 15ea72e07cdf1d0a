/** Adapters whose calls are spans, and whose messages have the W3C trace context of the current span in their attributes. */
import type { Classifier } from '@hangtag/shared/ports/classifier.js';
import type { ModelRegistry } from '@hangtag/shared/ports/model-registry.js';
import type { Publisher } from '@hangtag/shared/ports/publisher.js';
import type { Adapters } from '../app/adapters.js';
import type { OpenTracer, Tracer } from './tracer.js';

export function tracedAdapters(adapters: Adapters, open: OpenTracer): Adapters {
  return {
    ...adapters,
    records: async () => traced('records', await adapters.records(), await open()),
    objects: async () => traced('objects', await adapters.objects(), await open()),
    publisher: async () => tracedPublisher(await adapters.publisher(), await open()),
    models: async (needs) => tracedModels(await adapters.models(needs), await open()),
  };
}

function traced<Port extends object>(name: string, port: Port, tracer: Tracer): Port {
  return new Proxy(port, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key, target);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]) =>
        tracer.inSpan({ name: `${name}.${String(key)}` }, () => member.apply(target, args));
    },
  });
}

function tracedPublisher(publisher: Publisher, tracer: Tracer): Publisher {
  return {
    publish: (topic, message) =>
      tracer.inSpan({ name: `publish ${topic}` }, () =>
        publisher.publish(topic, {
          ...message,
          attributes: { ...message.attributes, traceparent: tracer.current() },
        }),
      ),
  };
}

function tracedModels(models: ModelRegistry, tracer: Tracer): ModelRegistry {
  return {
    resolve: async (tenant) => {
      const active = await models.resolve(tenant);
      return { ...active, classifier: tracedClassifier(active.classifier, tracer) };
    },
    ready: () => models.ready(),
    close: () => models.close(),
  };
}

/** The worker process measures its two parts. What is left of the span is the wait for a worker. */
function tracedClassifier(classifier: Classifier, tracer: Tracer): Classifier {
  return {
    // Not known before the model has loaded.
    get model() {
      return classifier.model;
    },
    classify: (image, options) =>
      tracer.inSpan({ name: 'classifier' }, async () => {
        const prediction = await classifier.classify(image, options);
        const endMs = Date.now();
        const decodedMs = endMs - prediction.inferMs;
        tracer.addPart('decode', decodedMs - prediction.decodeMs, decodedMs);
        tracer.addPart('infer', decodedMs, endMs);
        return prediction;
      }),
    close: () => classifier.close(),
  };
}
