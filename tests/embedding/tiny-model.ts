/** A whole ONNX embedding model, made by hand: every character has a vector, and that is all it knows. */

const CHARACTERS = [...'水质改善大气治理土壤环境规划'];
const VOCABULARY = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', ...CHARACTERS];

/** Dimensions of the model's vectors: one a word of its vocabulary. */
export const TINY_DIMENSION = VOCABULARY.length;

/** The files of the model's folder. */
export function tinyModel(): Record<string, string | Uint8Array> {
  const vocab = Object.fromEntries(VOCABULARY.map((word, id) => [word, id]));
  return {
    'config.json': JSON.stringify({
      model_type: 'bert',
      hidden_size: TINY_DIMENSION,
      vocab_size: VOCABULARY.length,
    }),
    'tokenizer_config.json': JSON.stringify({
      tokenizer_class: 'BertTokenizer',
      pad_token: '[PAD]',
      unk_token: '[UNK]',
      cls_token: '[CLS]',
      sep_token: '[SEP]',
      model_max_length: 64,
    }),
    'tokenizer.json': JSON.stringify({
      version: '1.0',
      truncation: null,
      padding: null,
      added_tokens: [],
      normalizer: {
        type: 'BertNormalizer',
        clean_text: true,
        handle_chinese_chars: true,
        strip_accents: null,
        lowercase: true,
      },
      pre_tokenizer: { type: 'BertPreTokenizer' },
      post_processor: null,
      decoder: null,
      model: {
        type: 'WordPiece',
        unk_token: '[UNK]',
        continuing_subword_prefix: '##',
        max_input_chars_per_word: 100,
        vocab,
      },
    }),
    'onnx/model.onnx': gatherModel(),
  };
}

/** last_hidden_state = table[input_ids], with the unit matrix for a table, in ONNX's protobuf. */
function gatherModel(): Uint8Array {
  const size = VOCABULARY.length;
  const table = Float32Array.from({ length: size * size }, (_x, i) => (i % (size + 1) === 0 ? 1 : 0));
  const node = [bytes(1, 'table'), bytes(1, 'input_ids'), bytes(2, 'last_hidden_state'), bytes(4, 'Gather')];
  const weights = [
    number(1, size),
    number(1, size),
    number(2, 1),
    bytes(8, 'table'),
    bytes(9, Buffer.from(table.buffer)),
  ];
  const graph = [
    bytes(1, node),
    bytes(2, 'tiny'),
    bytes(5, weights),
    bytes(11, value('input_ids', 7, ['batch', 'tokens'])),
    bytes(12, value('last_hidden_state', 1, ['batch', 'tokens', size])),
  ];
  return Buffer.concat([number(1, 8), bytes(7, graph), bytes(8, [number(2, 13)])]);
}

/** A named tensor of a graph: 1 is float, 7 is int64; dimensions are numbers or names. */
function value(name: string, type: number, dimensions: readonly (number | string)[]): Buffer[] {
  const shape = dimensions.map((d) => bytes(1, typeof d === 'number' ? [number(1, d)] : [bytes(2, d)]));
  return [bytes(1, name), bytes(2, [bytes(1, [number(1, type), bytes(2, shape)])])];
}

function varint(n: number): Buffer {
  const out: number[] = [];
  let left = n;
  for (; left > 127; left = Math.floor(left / 128)) out.push((left % 128) | 128);
  out.push(left);
  return Buffer.from(out);
}

const number = (field: number, n: number) => Buffer.concat([varint(field * 8), varint(n)]);

function bytes(field: number, content: string | Buffer | Buffer[]): Buffer {
  const body = Array.isArray(content) ? Buffer.concat(content) : Buffer.from(content as string);
  return Buffer.concat([varint(field * 8 + 2), varint(body.length), body]);
}
