// GraphiQL formats its variables and headers editors with Prettier's "jsonc"
// parser. This is the same format from jsonc-parser, which GraphiQL needs
// anyway, as a Prettier plugin (both `parsers` and `printers` are taken from
// this file, see vite.config.js).
import { format, parse, printParseErrorCode } from "jsonc-parser";

export const parsers = {
  jsonc: {
    astFormat: "jsonc-text",
    locStart: () => 0,
    locEnd: (node) => node.text.length,
    parse(text) {
      const errors = [];
      parse(text, errors, { allowTrailingComma: true, allowEmptyContent: true });
      if (errors.length) {
        throw new SyntaxError(printParseErrorCode(errors[0].error));
      }
      return { type: "jsonc-text", text };
    },
  },
};

export const printers = {
  "jsonc-text": {
    print({ node }) {
      const edits = format(node.text, undefined, {
        tabSize: 2,
        insertSpaces: true,
        eol: "\n",
      });
      // Edits are in ascending order and do not overlap.
      return edits
        .reduceRight(
          (text, { offset, length, content }) =>
            text.slice(0, offset) + content + text.slice(offset + length),
          node.text,
        )
        .trim();
    },
  },
};
