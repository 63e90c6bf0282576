-- Suggestions, and what the plugin says of itself, each in a fresh Neovim: { name, file, run, model }, the model being a script.

local steps = require('steps')

local scenarios = {}
local function scenario(name, file, run, model)
  table.insert(scenarios, { name = name, file = file, run = run, model = model })
end

scenario('ghost text in a Rust file shrinks while it is typed through', 'src/lib.rs', function(editor)
  steps.begin_rust(editor)
  editor:type('es')
  editor:wait_ghost('^ult')
  editor:type('ul')
  editor:wait_ghost('^t')
  editor:type('<BS>')
  editor:wait_ghost('^lt')
end)

scenario('ghost text in a Rust file is accepted', 'src/lib.rs', function(editor)
  local ghost = steps.begin_rust(editor)
  editor:type('<C-y>')
  local first = vim.split(ghost, '\n')[1]
  editor:wait('the accepted text', function()
    return editor:text():find(steps.MARGIN .. first, 1, true)
  end)
end)

scenario('what was typed through is not inserted again by accepting', 'src/lib.rs', function(editor)
  local ghost = steps.begin_rust(editor)
  -- In one write: nothing can be asked anew between these keys.
  editor:type('esul<C-y>')
  local line = steps.MARGIN .. vim.split(ghost, '\n')[1]
  editor:wait('the line ' .. line, function()
    return editor:line() == line
  end)
end)

scenario('ghost text in a Python file is accepted word by word', 'report.py', function(editor)
  editor:wait_learned()
  editor:command('normal! G')
  editor:type('idef read_dates(path):<CR>with open(path) as file:<CR>rows =')
  editor:wait_ghost('^ list')
  editor:type('<C-f>')
  editor:wait('the word', function()
    return editor:line() == '        rows = list'
  end)
  editor:type('(')
  editor:wait_ghost('^csv')
  editor:type('<C-l>')
  editor:wait('the rest of the line', function()
    return editor:line():find('rows = list(csv', 1, true)
  end)
end)

scenario('without a suggestion, accepting does nothing', 'report.py', function(editor)
  editor:wait_learned()
  editor:command('normal! G')
  editor:type('i<C-y>x')
  editor:wait('the key', function()
    return editor:line() == 'x'
  end)
end)

scenario('every request is answered though nothing is cancelled while typing', 'src/lib.rs', function(editor)
  steps.begin_rust(editor)
  editor:type('<C-u>' .. steps.MARGIN .. '<C-u>' .. steps.MARGIN .. '<C-u>' .. steps.MARGIN)
  editor:wait_ghost('^esult')
  editor:wait('an answer to each request', function()
    return editor:lua([[
      local client = vim.lsp.get_clients({ name = 'firesteel' })[1]
      return vim.tbl_count(client.requests) == 0
    ]])
  end)
end)

-- Lines the last of which come when the test lets them.
local BODY = 'Result<f64, ShapeError> {\n    shape.size(7).ok_or(ShapeError::Empty)\n}'
local GROWING = { replies = { { text = BODY, rate = 30.0, delta_chars = 6, hold = { 7, 'go' } } } }

scenario('ghost text of several lines grows while it streams, and is accepted', 'src/lib.rs', function(editor)
  editor:wait_learned()
  editor:command('normal! G')
  editor:type('ipub fn checked_margin(shape: &Shape) -> ')
  local first = editor:wait_ghost('^Result')
  assert(not first:find('}$'), 'it came in one piece: ' .. first)
  editor:go_on()
  local last = editor:wait_ghost('^Result<f64, ShapeError> {\n    shape.size%(7%).*\n}$')
  assert(vim.startswith(last, first), ('%q does not extend %q'):format(last, first))
  editor:type('<C-y>')
  editor:wait('the accepted lines', function()
    return editor:text():find('-> ' .. BODY, 1, true)
  end)
end, GROWING)

scenario('a file with CRLF shows and saves no carriage return of a suggestion or an edit', 'src/lib.rs', function(editor)
  editor:wait_learned()
  steps.equal(editor:lua('return vim.bo.fileformat'), 'dos', 'the file format')
  editor:command('normal! G')
  editor:type('ipub fn checked_margin(shape: &Shape) -> ')
  editor:wait_ghost('^Result')
  editor:go_on()
  local ghost = editor:wait_ghost('^Result<f64, ShapeError> {\n    shape.size%(7%).*\n}$')
  assert(not ghost:find('\r'), vim.inspect(ghost))
  editor:type('<C-f>')
  editor:wait('the word', function()
    return editor:line():find('-> Result$')
  end)
  editor:wait_ghost('^<f64')
  editor:type('<C-l>')
  editor:wait('the rest of the line', function()
    return editor:line():find('-> Result<f64, ShapeError> {$')
  end)
  editor:wait_ghost('^\n    shape.size')
  editor:type('<C-l>')
  editor:wait('the next line', function()
    return editor:line():find('^    shape.size%(7%).*%)$')
  end)
  editor:wait_ghost('^\n}$')
  editor:type('<C-y>')
  editor:wait('all lines', function()
    return editor:text():find('-> ' .. BODY, 1, true)
  end)
  editor:type('<Esc>')
  editor:command('write')
  local file = assert(io.open(editor.folder .. '/src/lib.rs', 'rb'))
  local bytes = file:read('*a')
  file:close()
  assert(not bytes:find('\r\r'), 'a carriage return was saved twice')
  assert(not bytes:gsub('\r\n', ''):find('[\r\n]'), 'a line ends in something else')
end, GROWING)
scenarios[#scenarios].dos = true

scenario('a Java file has suggestions that leave its syntax whole', 'src/Ledger.java', function(editor)
  editor:wait_learned()
  editor:command('normal! G')
  editor:type('Oint third(Statement statement) {<CR>return statement.')
  editor:wait_ghost('^quarterlyTotal%(Currency.EURO%);')
  editor:type('<C-y>')
  editor:wait('the suggestion', function()
    return editor:line():find('return statement.quarterlyTotal(Currency.EURO);', 1, true)
  end)
end)

-- What fits behind a `=` anywhere.
local FITTING = { replies = { { text = 'totalOf(rows)' } } }

scenario('texts without a name or a type have ghost text and edits, each its own', 'report.py', function(editor)
  local function accept(typed)
    editor:type('A')
    editor:wait('the server in this text', function()
      return editor:lua('return #vim.lsp.get_clients({ bufnr = 0 })') == 1
    end)
    editor:type(typed)
    editor:wait_ghost('^totalOf%(rows%)')
    editor:type('<C-y>')
    editor:wait('the accepted text', function()
      return vim.endswith(editor:line(), typed .. 'totalOf(rows)')
    end)
    editor:type('<Esc>')
  end
  editor:command('enew')
  accept('sum = ')
  -- The second one, which the server must not take for the first.
  editor:command('enew')
  accept('average = ')
  steps.count_changes(editor)
  editor:command('Firesteel edit Leave the name out')
  steps.wait_end(editor)
  editor:wait('the edit', function()
    return editor:text() == 'totalOf(rows)'
  end)
  editor:command('buffer! 2')
  steps.equal(editor:text(), 'sum = totalOf(rows)', 'the first text')
  accept(' + x = ')
  editor:command('edit notes')
  accept('sum = ')
end, FITTING)

scenario('what is no text of the user is left alone', 'report.py', function(editor)
  for _, command in ipairs({ 'help', 'terminal', 'copen', 'new | setlocal buftype=nofile', 'new | setlocal buftype=prompt' }) do
    editor:command(command)
    editor:type('i(')
    editor:type('<C-\\><C-n>')
    editor:lua('vim.wait(50)')
    local count = editor:lua('return #vim.lsp.get_clients({ bufnr = 0 })')
    steps.equal(count, 0, 'servers after ' .. command)
  end
  editor:command('edit report.py')
  editor:wait('the server in a file', function()
    return editor:lua('return #vim.lsp.get_clients({ bufnr = 0 })') == 1
  end)
end)

scenario('hover shows the signature', 'src/lib.rs', function(editor)
  editor:wait_learned()
  editor:go_to('checked_width')
  editor:wait('the hover', function()
    local windows = editor:lua([[
      local texts = {}
      for _, window in ipairs(vim.api.nvim_list_wins()) do
        if vim.api.nvim_win_get_config(window).relative ~= '' then
          local lines = vim.api.nvim_buf_get_lines(vim.api.nvim_win_get_buf(window), 0, -1, false)
          table.insert(texts, table.concat(lines, '\n'))
        end
      end
      if #texts == 0 then vim.lsp.buf.hover({ silent = true }) end
      return table.concat(texts, '\n')
    ]])
    return windows:find('pub fn checked_width(shape: &Shape)', 1, true)
  end)
end)

scenario('checkhealth has no complaint', 'src/lib.rs', function(editor)
  editor:wait_learned()
  editor:command('checkhealth firesteel')
  local report = editor:wait('the report', function()
    local text = editor:text()
    return text:find('embedded engine') and text
  end)
  for _, complaint in ipairs({ 'ERROR', 'WARNING' }) do
    assert(not report:find(complaint), report)
  end
  local said = editor:request('nvim_exec2', 'messages', { output = true }).output
  assert(not said:find('Firesteel'), said)
end)

scenario(':Firesteel completes what the server has', 'src/lib.rs', function(editor)
  local names = editor:request('nvim_call_function', 'getcompletion', { 'Firesteel ', 'cmdline' })
  for _, name in ipairs({ 'action', 'cancel', 'edit', 'metrics', 'prompt', 'redirect', 'restart', 'revert', 'status', 'toggle', 'why' }) do
    assert(vim.list_contains(names, name), name .. ' is missing in ' .. vim.inspect(names))
  end
  steps.equal(editor:request('nvim_call_function', 'getcompletion', { 'Firesteel action ', 'cmdline' })[1], 'document', 'actions')
end)

scenario('a rename goes on at its next places by one key, which goes there', 'report.py', function(editor)
  editor:lua([[vim.keymap.set('n', '<C-n>', '<Plug>(firesteel-next-edit)')]])
  editor:go_to('rows, currency')
  editor:type('ciwitems<Esc><C-n>')
  editor:wait('the next place', function()
    return editor:text():find('if not items:', 1, true)
  end)
  editor:wait('the cursor there', function()
    return editor:line():find('if not items:', 1, true)
  end)
  editor:type('<C-n>')
  editor:wait('the last place', function()
    return editor:text():find('sum(items)', 1, true)
  end)
  assert(editor:text():find('rows = list', 1, true), 'names of other functions are their own')
end)

--- Asks with a command until what is notified satisfies `is_told`.
local function wait_told(editor, command, is_told)
  editor:lua([[
    vim.g.said = ''
    vim.notify = function(text) vim.g.said = text end
  ]])
  return editor:wait('what ' .. command .. ' says', function()
    editor:command(command)
    local said = editor:lua('return vim.g.said')
    return said ~= '' and is_told(said) and said
  end)
end

scenario('silence is explained', 'report.py', function(editor)
  editor:wait_learned()
  editor:command('normal! G')
  editor:type('izzz qqq')
  wait_told(editor, 'Firesteel why', function(said)
    return not said:find('nothing was held back')
  end)
end)

scenario('suggestion statistics are shown', 'src/lib.rs', function(editor)
  steps.begin_rust(editor)
  editor:type('<C-y>')
  wait_told(editor, 'Firesteel metrics', function(said)
    return said:find('accepted: 1', 1, true) and said:find('shown: %d') and not said:find('[{}]')
  end)
end)

scenario('without a model, it is said that nothing was sent', 'src/lib.rs', function(editor)
  wait_told(editor, 'Firesteel prompt', function(said)
    return said:find('nothing was sent to a model in this session', 1, true)
  end)
end)

scenario('the status line says who answers', 'src/lib.rs', function(editor)
  editor:wait('the status line', function()
    return editor:lua("return require('firesteel').statusline()"):find('firesteel: local', 1, true)
  end)
end)

scenario('a program that is not the server is said to be at start, and in every command, until it is mended', 'src/lib.rs', function(editor)
  editor:lua('vim.env.FIRESTEEL_SERVER_PATH, vim.g.right_path = "/bin/echo", vim.env.FIRESTEEL_SERVER_PATH')
  local function told()
    return editor:lua("return vim.fn.execute('messages')")
  end
  local function count()
    return select(2, told():gsub('/bin/echo is not Firesteel', ''))
  end
  editor:command('Firesteel restart')
  editor:wait('the reason', function()
    return count() == 1
  end)
  editor:command('Firesteel why')
  editor:wait('the reason again', function()
    return count() == 2
  end)
  assert(editor:lua("return require('firesteel').statusline()"):find('/bin/echo is not Firesteel', 1, true))
  editor:lua("vim.env.FIRESTEEL_SERVER_PATH = '/nowhere/firesteel'")
  editor:command('Firesteel start')
  editor:wait('the other reason', function()
    return told():find('/nowhere/firesteel cannot be run', 1, true)
  end)
  editor:lua('vim.env.FIRESTEEL_SERVER_PATH = vim.g.right_path')
  editor:command('Firesteel start')
  editor:wait('the server', function()
    return editor:lua("return require('firesteel').statusline()"):find('firesteel: local', 1, true)
  end)
end)

scenario('bare :Firesteel opens a menu, and what is chosen is done', 'src/lib.rs', function(editor)
  editor:lua([[vim.ui.select = function(items, options, choose)
    vim.g.menu = vim.tbl_map(options.format_item, items)
    choose('why')
  end]])
  editor:command('Firesteel')
  assert(vim.list_contains(editor:lua('return vim.g.menu'), 'Why no suggestion?'))
  editor:wait('what was chosen', function()
    return editor:lua("return vim.fn.execute('messages')"):find('Firesteel: nothing was held back', 1, true)
  end)
end)

scenario('without a model an instruction is not asked for, but a model is offered', 'src/lib.rs', function(editor)
  editor:lua('vim.ui.input = function() vim.g.was_asked = true end')
  editor:command('Firesteel edit')
  editor:wait('the offer', function()
    return editor:lua("return vim.fn.execute('messages')"):find('this needs a model', 1, true)
  end)
  assert(editor:lua('return vim.g.was_asked') == vim.NIL)
end)

scenario('suggestions are toggled', 'src/lib.rs', function(editor)
  steps.begin_rust(editor)
  editor:command('Firesteel toggle')
  editor:wait('no ghost text', function()
    return editor:ghost() == ''
  end)
  editor:command('Firesteel toggle')
  editor:type('e')
  editor:wait_ghost('^sult')
end)

scenario('the server is restarted', 'src/lib.rs', function(editor)
  local function id()
    return editor:lua("return vim.lsp.get_clients({ name = 'firesteel', bufnr = 0 })[1].id")
  end
  local old = id()
  editor:command('Firesteel restart')
  editor:wait('another client', function()
    return id() ~= old
  end)
  steps.begin_rust(editor)
end)

scenario('no key is taken', 'src/lib.rs', function(editor)
  -- What the test's own configuration maps.
  local ours = { ['<C-Y>'] = true, ['<C-F>'] = true, ['<C-L>'] = true }
  local taken = editor:lua([[
    local taken = {}
    for _, mode in ipairs({ 'n', 'i', 'x', 's', 'o', 'c', 't' }) do
      for _, map in ipairs(vim.api.nvim_get_keymap(mode)) do
        if (map.desc or ''):find('Firesteel') or (map.rhs or ''):find('firesteel') then table.insert(taken, map.lhs) end
      end
    end
    return taken
  ]])
  for _, key in ipairs(taken) do
    assert(key:find('^<Plug>') or ours[key], key .. ' is taken')
  end
end)

return scenarios
