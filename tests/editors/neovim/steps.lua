-- What several scenarios do.

local M = {}

function M.equal(got, wanted, what)
  assert(got == wanted, ('%s\nwanted: %s\ngot:    %s'):format(what, vim.inspect(wanted), vim.inspect(got)))
end

M.MARGIN = 'pub fn checked_margin(shape: &Shape) -> R'

--- Begins to type the line of the Rust file that has a suggestion: `Result`.
function M.begin_rust(editor)
  editor:wait_learned()
  editor:command('normal! G')
  editor:type('i' .. M.MARGIN)
  return editor:wait_ghost('^esult')
end

--- The lines that were not there before, and whether the others are as they were.
function M.added(before, after)
  local rest, lines = vim.split(before, '\n'), {}
  for _, line in ipairs(vim.split(after, '\n')) do
    if line == rest[1] then
      table.remove(rest, 1)
    else
      table.insert(lines, line)
    end
  end
  return lines, #rest == 0
end

--- Counts the changes of the buffer from now on.
function M.count_changes(editor)
  editor:lua([[
    vim.g.changes = 0
    vim.api.nvim_buf_attach(0, false, { on_lines = function() vim.g.changes = vim.g.changes + 1 end })
    vim.api.nvim_create_autocmd('LspProgress', { callback = function(event)
      if vim.lsp.get_client_by_id(event.data.client_id).name ~= 'firesteel' then return end
      local progress = vim.g.progress or {}
      table.insert(progress, event.data.params.value.kind .. ': ' .. (event.data.params.value.message or ''))
      vim.g.progress = progress
    end })
  ]])
end

function M.wait_end(editor)
  return editor:wait('the end of the edit', function()
    for _, line in ipairs(editor:lua('return vim.g.progress')) do
      if line:find('^end') then
        return line
      end
    end
  end)
end

function M.document(editor, name)
  editor:wait_learned()
  editor:go_to(name)
  M.count_changes(editor)
  editor:command('Firesteel action document')
end

-- What the scripted model says: a line at a time, and after the fourth it waits until the test lets it go on.
M.STREAMED = {}
for number = 1, 8 do
  M.STREAMED[number] = ('Line %d of what the model says.'):format(number)
end
M.STREAMING = { replies = { { text = table.concat(M.STREAMED, '\n'), rate = 20.0, delta_chars = 31, hold = { 4, 'go' } } } }

--- Carries out "Document this" up to the line after which the model waits.
function M.begin_stream(editor)
  M.document(editor, 'fn parse')
  editor:wait('the lines before the wait', function()
    return editor:text():find(M.STREAMED[3], 1, true)
  end)
  assert(not editor:text():find(M.STREAMED[8], 1, true), 'the model did not wait')
end

--- The comment's lines as they must be, and no other change but these lines.
function M.check_stream(editor, before, typed)
  local wanted = vim.list_extend({}, typed)
  for _, line in ipairs(M.STREAMED) do
    table.insert(wanted, '/// ' .. line)
  end
  local lines, is_whole = M.added(before, editor:text())
  assert(is_whole, 'the rest of the file changed:\n' .. editor:text())
  table.sort(lines)
  table.sort(wanted)
  M.equal(table.concat(lines, '\n'), table.concat(wanted, '\n'), 'what was added')
end

return M
